-- The versions of month-end balances: a build appends the month-ends that differ from their published version, which
-- they replace. A month that today's data no longer give gets a last version without a balance.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set values = [
    'opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'basis', 'is_proven', 'breaks',
    'checkpoint_month', 'checkpoint_balance', 'is_stated',
] %}
{%- set accounts = ref('int_accounts_to_close') %}
{%- set of_build = ' where publication_id = ' ~ publication_id() %}
{%- set after = ask(
    'select cast(min(month) as varchar) from ('
    ~ 'select checkpoint_month as month from ' ~ accounts ~ of_build
    ~ " union all select least(coalesce(last_month, date '0001-01-01'), previous_last_month) from "
    ~ ref('int_feed_months') ~ of_build ~ ' and last_month is distinct from previous_last_month'
    ~ ') as months having count(*) > 0', accounts
) %}
{%- set is_compared = is_after_another_build(ref('int_this_build')) %}
with

month_ends as (
    {{ rows_of(ref('int_month_ends')) }}
),

-- What this build may replace: the months after the checkpoints, those that the feed no longer reaches, and those that
-- it reaches again.
published as (

    select
        earlier.*,
        not earlier.is_gone and (
            accounts.feed is not null and earlier.month > accounts.checkpoint_month
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
    month_ends.publication_id,
    published.publication_id as previous_publication_id,
    coalesce(published.version, 0) + 1 as version,
    month_ends.{{ (account_month + values) | join(', month_ends.') }},
    false as is_gone
from month_ends
left join published
    on {{ same(account_month, 'month_ends', 'published') }}
where published.month is null
    {%- for value in values %}
    or month_ends.{{ value }} is distinct from published.{{ value }}
    {%- endfor %}
union all
select
    {{ publication_id() }} as publication_id,
    published.publication_id as previous_publication_id,
    published.version + 1 as version,
    published.{{ account_month | join(', published.') }},
    {% for value in values -%}
    null as {{ value }},
    {% endfor -%}
    true as is_gone
from published
left join month_ends
    on {{ same(account_month, 'published', 'month_ends') }}
where month_ends.month is null
    and published.may_be_gone
