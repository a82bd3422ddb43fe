-- Every version of a month-end that earlier publications published, with the number of its publication.
select
    versions.*,
    publications.publication_number
from {{ earlier('month_end_versions') }} as versions
inner join {{ ref('earlier_publications') }} as publications
    on versions.publication_id = publications.publication_id
