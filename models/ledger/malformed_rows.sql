-- The records of published files that have no trustworthy fields. They are read where the loader put them:
-- stg_malformed_rows is made anew by every command, also by one that publishes nothing.
select
    {{ malformed_columns('malformed', 'files') }}
from {{ source('raw', 'malformed_rows') }} as malformed
inner join {{ ref('published_files') }} as files
    on malformed.file_id = files.file_id
        and malformed.ingest_date = files.ingest_date
        and files.kind = 'file'
        and files.replaced_by_number is null
