-- A decision names a file that has landed, and a row of it that has fields; so does what it is corrected by. Malformed
-- rows are read of the files of decided rows only.
with

named as (

    select
        seed,
        file_id,
        row_number,
        decision,
        file_id as named_file_id,
        row_number as named_row_number
    from {{ ref('stg_decisions') }}
    union all
    select
        seed,
        file_id,
        row_number,
        decision,
        corrected_by_file_id as named_file_id,
        corrected_by_row_number as named_row_number
    from {{ ref('stg_decisions') }}
    where decision = 'correct'

)

select named.*
from named
left join {{ ref('stg_files') }} as files
    on named.named_file_id = files.file_id
left join {{ ref('stg_malformed_rows') }} as malformed
    on named.named_file_id = malformed.file_id
        and named.named_row_number = malformed.row_number
        and {{ of_files(files_of_decided_rows(), 'malformed') }}
where files.file_id is null
    or malformed.file_id is not null
    or named.named_row_number not between 1 and files.rows_delivered
