-- The versions of month-end balances: a build appends the month-ends that differ from their published version, which
-- they replace. A month that today's data no longer give gets a last version without a balance. Where most of a feed
-- differs all of it is appended, and replaces what was published of the feed before; `publication_feeds` says so.
{%- set is_republished = 'false' %}
{%- if has_written(ref('int_feeds_republished')) %}
{%- set is_republished = 'feed in (select feed from ' ~ ref('int_feeds_republished')
    ~ ' where publication_id = ' ~ publication_id() ~ ')' %}
{%- endif %}
select
    {{ publication_id() }} as publication_id,
    case when not ({{ is_republished }} and is_published) then published_id end as previous_publication_id,
    published_version + 1 as version,
    feed,
    account_id,
    currency,
    month,
    {{ month_end_values() | join(', ') }},
    is_gone
from {{ ref('int_compared_month_ends') }}
where is_changed
    or (not is_gone and {{ is_republished }})
