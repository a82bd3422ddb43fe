-- Of each row that was evaluated again on its own, by which publication last.
select
    changes.file_id,
    changes.row_number,
    max(publications.publication_number) as changed_by_number
from {{ earlier('row_changes') }} as changes
inner join {{ ref('earlier_publications') }} as publications
    on changes.publication_id = publications.publication_id
group by changes.file_id, changes.row_number
