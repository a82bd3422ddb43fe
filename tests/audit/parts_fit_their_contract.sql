-- Parts are read by position: what was landed under an earlier contract must be the beginning of today's columns.
select
    file_id,
    feed,
    contract_version,
    contract_columns as landed_columns,
    {{ contract_columns('feed') }} as columns_of_today
from {{ ref('stg_files') }}
where strpos({{ contract_columns('feed') }} || ',', contract_columns || ',') is distinct from 1
