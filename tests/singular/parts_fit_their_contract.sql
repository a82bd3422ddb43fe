-- Parts are read by position: what was landed under an earlier contract must be the beginning of today's columns. A
-- contract may append columns and change their headers and rules; it may not rename, reorder or drop them.
select
    run_id,
    feed,
    contract_version,
    contract_columns as landed_columns,
    {{ contract_columns('feed') }} as columns_of_today
from {{ ref('int_runs') }}
where strpos({{ contract_columns('feed') }} || ',', contract_columns || ',') is distinct from 1
