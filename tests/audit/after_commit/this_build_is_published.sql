-- A whole build that has something to publish has published it. Where not, another build has published first, and
-- nothing of this one counts. A build whose own number is gone has lost too.
with

expected as (

    select this_build.publication_id
    from (select {{ publication_id() }} as publication_id) as this_build
    left join {{ ref('int_publication') }} as publication
        on this_build.publication_id = publication.publication_id
    left join {{ ref('int_this_build') }} as numbered
        on this_build.publication_id = numbered.publication_id
    where publication.publication_id is not null
        or numbered.publication_id is null

)

select expected.publication_id
from expected
left join {{ ref('publications') }} as published
    on expected.publication_id = published.publication_id
where published.publication_id is null
    and {{ 'false' if left_out() else 'true' }}
