-- The month-ends of this build beside the published ones that they may replace: which of them changed, and which of the
-- published ones today's data no longer give.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set accounts = ref('int_accounts_to_close') %}
{%- set of_build = ' where publication_id = ' ~ publication_id() %}
{%- set after = ask(
    'select cast(min(month) as varchar) from ('
    ~ 'select checkpoint_month as month from ' ~ accounts ~ of_build
    ~ " union all select least(coalesce(last_month, date '0001-01-01'), previous_last_month) from "
    ~ ref('int_feed_months') ~ of_build ~ ' and last_month is distinct from previous_last_month'
    ~ ') as months having count(*) > 0', accounts
) %}
{%- set is_compared = is_after_a_publication(ref('int_this_build')) %}
with

month_ends as (
    {{ rows_of(ref('int_month_ends')) }}
),

-- What this build may replace: the months after the checkpoints, those that the feed no longer reaches, and those that
-- it reaches again. Before the first change of an account no month goes: its quiet months are not worked out again.
published as (

    select
        earlier.*,
        not earlier.is_gone and (
            accounts.feed is not null and earlier.month > coalesce(accounts.known_month, accounts.checkpoint_month)
            or earlier.month > coalesce(feed_months.last_month, date '0001-01-01')
        ) as may_be_gone
    from {{ ref('earlier_last_versions') }} as earlier
    inner join {{ ref('int_feed_months') }} as feed_months
        on earlier.feed = feed_months.feed
            and feed_months.publication_id = {{ publication_id() }}
    left join {{ accounts }} as accounts
        on {{ same(account, 'earlier', 'accounts') }}
            and accounts.publication_id = {{ publication_id() }}
    where {{ "earlier.month > date '" ~ after[0][0] ~ "'" if is_compared and after and after[0][0] else 'false' }}

)

select
    {% for column in account_month -%}
    coalesce(month_ends.{{ column }}, published.{{ column }}) as {{ column }},
    {% endfor -%}
    month_ends.{{ month_end_values() | join(', month_ends.') }},
    month_ends.month is null as is_gone,
    published.publication_id as published_id,
    coalesce(published.version, 0) as published_version,
    coalesce(not published.is_gone, false) as is_published,
    case
        when month_ends.month is null then published.may_be_gone
        else (
            published.month is null
            {%- for value in month_end_values() %}
            or month_ends.{{ value }} is distinct from published.{{ value }}
            {%- endfor %}
        )
    end as is_changed
from month_ends
full outer join published
    on {{ same(account_month, 'month_ends', 'published') }}
