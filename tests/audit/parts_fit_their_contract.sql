-- Parts are read by position: what was landed under an earlier contract must be the beginning of today's columns. A
-- file that never passed may differ: the gate holds it until it is read again.
select
    file_id,
    feed,
    contract_version,
    contract_columns as landed_columns,
    {{ contract_columns('feed') }} as columns_of_today
from {{ ref('stg_files') }}
where not fits_contract
    and file_id in (
        select looks.file_id from {{ ref('file_evaluations') }} as looks
        where looks.verdict = 'passed'
    )
