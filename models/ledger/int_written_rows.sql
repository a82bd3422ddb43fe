-- The evaluated rows that this build writes: all of a file, or those that are something else now.
select evaluated.*
from {{ ref('evaluated_rows') }} as evaluated
left join {{ ref('int_file_scopes') }} as scopes
    on evaluated.file_id = scopes.file_id
        and scopes.publication_id = {{ publication_id() }}
        and scopes.is_whole
left join {{ ref('row_changes') }} as changes
    on evaluated.file_id = changes.file_id
        and evaluated.row_number = changes.row_number
        and changes.publication_id = {{ publication_id() }}
where scopes.file_id is not null or changes.file_id is not null
