-- The publications that this build knows: the earlier ones, and the one that it makes if it publishes. A record that is
-- joined with them has the published rows and those of this build.
select
    publication_id,
    publication_number,
    published_at
from {{ ref('earlier_publications') }}
union all
select
    this_build.publication_id,
    this_build.publication_number,
    {{ published_at('this_build') }} as published_at
from {{ ref('int_this_build') }} as this_build
where this_build.publication_id = {{ publication_id() }}
