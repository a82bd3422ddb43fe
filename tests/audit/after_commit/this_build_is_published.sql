-- A whole build that has something to publish has published it. Where not, another build has published first, and
-- nothing of this one counts.
select
    expected.publication_id,
    expected.previous_publication_id,
    expected.is_complete
from {{ ref('int_publication') }} as expected
left join {{ ref('publications') }} as published
    on expected.publication_id = published.publication_id
where published.publication_id is null
    and {{ 'false' if left_out() else 'true' }}
