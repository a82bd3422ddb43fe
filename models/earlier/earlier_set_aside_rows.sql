-- The published rows that were set aside.
select set_aside.*
from {{ earlier('set_aside_rows') }} as set_aside
inner join {{ ref('earlier_files') }} as files
    on set_aside.publication_id = files.publication_id
        and set_aside.file_id = files.file_id
left join {{ ref('earlier_row_changes') }} as changes
    on set_aside.file_id = changes.file_id
        and set_aside.row_number = changes.row_number
        and files.publication_number < changes.changed_by_number
where changes.file_id is null
