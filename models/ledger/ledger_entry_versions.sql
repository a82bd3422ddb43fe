-- Every entry that was ever published, and from which to which publication it stood.
select
    entries.*,
    files.publication_number,
    files.published_at,
    nullif(
        least(
            coalesce(files.replaced_by_number, 9223372036854775807),
            coalesce(changes.publication_number, 9223372036854775807)
        ),
        9223372036854775807
    ) as replaced_by_number
from {{ ref('accepted_rows') }} as entries
inner join {{ ref('published_files') }} as files
    on entries.publication_id = files.publication_id
        and entries.file_id = files.file_id
left join {{ ref('published_row_changes') }} as changes
    on entries.file_id = changes.file_id
        and entries.row_number = changes.row_number
        and files.publication_number < changes.publication_number
        and files.publication_number >= coalesce(changes.previous_number, 0)
