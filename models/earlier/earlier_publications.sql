-- The publications before this build, by the number with which it began: one that another build makes meanwhile is not
-- seen.
select
    publications.publication_id,
    publications.publication_number,
    publications.published_at
from {{ earlier('publications') }} as publications
inner join {{ ref('int_this_build') }} as this_build
    on publications.publication_number < this_build.publication_number
where this_build.publication_id = {{ publication_id() }}
