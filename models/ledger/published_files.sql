-- The published evaluations of each file, and which later publication wrote the file as a whole again (NULL: it
-- stands).
select
    files.*,
    publications.publication_number,
    publications.published_at,
    min(case when files.kind = 'file' then publications.publication_number end) over (
        partition by files.file_id
        order by publications.publication_number rows between 1 following and unbounded following
    ) as replaced_by_number
from {{ ref('file_evaluations') }} as files
inner join {{ ref('publications') }} as publications
    on files.publication_id = publications.publication_id
where files.verdict = 'passed'
