-- The published evaluations of single rows, in their order.
select
    changes.file_id,
    changes.row_number,
    changes.feed,
    changes.previous_status,
    changes.status,
    changes.publication_id,
    publications.publication_number,
    publications.published_at,
    lag(publications.publication_number) over (
        partition by changes.file_id, changes.row_number order by publications.publication_number
    ) as previous_number
from {{ ref('row_changes') }} as changes
inner join {{ ref('publications') }} as publications
    on changes.publication_id = publications.publication_id
