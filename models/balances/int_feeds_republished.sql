-- The feeds of which this build publishes every month-end anew, because most of them changed, as after a changed sign.
-- What was published of them before is superseded as a whole, so that no reader has to look for it row by row.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set feed_months = ref('int_feed_months') %}
{%- set accounts = ref('int_accounts_to_close') %}
{%- set month_ends = ref('earlier_month_ends') %}
{%- set of_build = '.publication_id = ' ~ publication_id() %}
{%- set last_months = ask(
    'select distinct cast(months.previous_last_month as varchar) from ' ~ feed_months ~ ' as months'
    ~ ' inner join ' ~ accounts ~ ' as accounts on months.feed = accounts.feed and accounts' ~ of_build
    ~ ' where months' ~ of_build ~ ' and months.previous_last_month is not null and accounts.checkpoint_balance is null', accounts
) if is_after_another_build(ref('int_this_build')) else [] %}
{#- Of such a feed each account is closed from nothing, so that this build has all of its month-ends. #}
{%- set feeds = ask(
    'select months.feed from ' ~ feed_months ~ ' as months'
    ~ ' inner join ' ~ month_ends ~ ' as earlier'
    ~ ' on months.feed = earlier.feed and months.previous_last_month = earlier.month'
    ~ ' left join ' ~ accounts ~ ' as accounts on ' ~ same(account, 'earlier', 'accounts')
    ~ ' and accounts.checkpoint_balance is null and accounts' ~ of_build
    ~ ' where months' ~ of_build ~ ' and earlier.month ' ~ in_months(last_months)
    ~ ' group by months.feed having count(*) = count(accounts.feed)', accounts
) if last_months else [] %}
select
    {{ publication_id() }} as publication_id,
    feed
from {{ ref('int_compared_month_ends') }}
where is_published
    and {{ in_texts('feed', feeds | map(attribute=0) | list) }}
group by feed
having 2 * sum(case when is_changed then 1 else 0 end) > count(*)
