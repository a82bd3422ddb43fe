-- This build: the number that its publication gets, and the publication that it follows. Everything that a build writes
-- comes after it, so it is here that a build stops which must not write.
{%- do stop_if_decisions_are_gone() %}
select
    {{ publication_id() }} as publication_id,
    cast(coalesce(max(publication_number), 0) + 1 as bigint) as publication_number,
    coalesce(max_by(publication_id, publication_number), 'none') as previous_publication_id,
    max(published_at) as previous_published_at
from {{ earlier('publications') }}
-- depends_on: {{ ref('stg_decisions') }}
-- depends_on: {{ ref('stg_period_closes') }}
-- depends_on: {{ ref('stg_opening_balances') }}
-- depends_on: {{ ref('stg_malformed_rows') }}
