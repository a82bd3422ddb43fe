-- The accounts whose month-ends the audits look at, each from the first month that changes: by an entry, by a version,
-- or, where a feed gets longer or shorter, from the last month that it had. Of a feed that is published anew it is
-- every account.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set moved = ask(
    'select distinct cast(previous_last_month as varchar) from ' ~ ref('int_feed_months')
    ~ ' where publication_id = ' ~ publication_id()
    ~ ' and previous_last_month is not null and last_month is distinct from previous_last_month',
    ref('int_feed_months')
) %}
{%- set republished = ask(
    'select feed from ' ~ ref('publication_feeds') ~ ' where is_republished and publication_id = ' ~ publication_id(),
    ref('publication_feeds')
) %}
select
    {{ publication_id() }} as publication_id,
    {{ account | join(', ') }},
    min(first_month) as first_month
from (
    select {{ account | join(', ') }}, first_month from {{ ref('int_touched_accounts') }}
    where publication_id = {{ publication_id() }}
    union all
    select {{ account | join(', ') }}, month as first_month from {{ ref('month_end_versions') }}
    where publication_id = {{ publication_id() }}
    union all
    select earlier.{{ account | join(', earlier.') }}, earlier.month as first_month
    from {{ ref('int_audited_earlier_month_ends') }} as earlier
    inner join {{ ref('int_feed_months') }} as feed_months
        on earlier.feed = feed_months.feed
            and earlier.month = feed_months.previous_last_month
            and feed_months.publication_id = {{ publication_id() }}
            and feed_months.last_month is distinct from feed_months.previous_last_month
    where earlier.month {{ in_months(moved) }}
    union all
    select {{ account | join(', ') }}, month as first_month from {{ ref('int_audited_earlier_month_ends') }}
    where {{ in_texts('feed', republished | map(attribute=0) | list) }}
) as changes
group by {{ account | join(', ') }}
