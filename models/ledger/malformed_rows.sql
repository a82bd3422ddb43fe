-- The records of published files that have no trustworthy fields.
select malformed.*
from {{ ref('stg_malformed_rows') }} as malformed
inner join {{ ref('file_reconciliation') }} as files
    on malformed.file_id = files.file_id
