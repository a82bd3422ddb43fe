-- A decision names a file that has landed, and a row of it that has fields.
select
    decisions.seed,
    decisions.file_id,
    decisions.row_number,
    decisions.decision
from {{ ref('stg_decisions') }} as decisions
left join {{ ref('stg_files') }} as files
    on decisions.file_id = files.file_id
left join {{ ref('stg_malformed_rows') }} as malformed
    on decisions.file_id = malformed.file_id
        and decisions.row_number = malformed.row_number
where files.file_id is null
    or malformed.file_id is not null
    or decisions.row_number not between 1 and files.rows_delivered
