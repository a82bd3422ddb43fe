-- The published rows that are entries.
select entries.*
from {{ earlier('accepted_rows') }} as entries
inner join {{ ref('earlier_files') }} as files
    on entries.publication_id = files.publication_id
        and entries.file_id = files.file_id
left join {{ ref('earlier_row_changes') }} as changes
    on entries.file_id = changes.file_id
        and entries.row_number = changes.row_number
        and files.publication_number < changes.changed_by_number
where changes.file_id is null
