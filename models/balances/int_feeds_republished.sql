-- The feeds of which this build publishes every month-end anew, because most of them changed, as after a changed sign.
-- What was published of them before is superseded as a whole, so that no reader has to look for it row by row.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set accounts = ref('int_accounts_to_close') %}
{%- set feed_months = ref('int_feed_months') %}
{#- For other feeds nothing is compared twice: of these, all that is closed is closed from nothing. #}
{%- set candidates = ask(
    'select months.feed from ' ~ feed_months ~ ' as months'
    ~ ' inner join ' ~ accounts ~ ' as accounts on ' ~ same(['publication_id', 'feed'], 'months', 'accounts')
    ~ ' where months.publication_id = ' ~ publication_id() ~ ' and months.previous_last_month is not null'
    ~ ' group by months.feed having count(accounts.checkpoint_balance) = 0', accounts
) if is_after_a_publication(ref('int_this_build')) else [] %}
{%- set feeds = candidates | map(attribute=0) | list %}
with

-- The accounts that this build has no month-ends of.
left_out as (

    select earlier.feed
    from {{ ref('earlier_month_ends') }} as earlier
    inner join {{ feed_months }} as feed_months
        on earlier.feed = feed_months.feed
            and earlier.month = feed_months.previous_last_month
            and feed_months.publication_id = {{ publication_id() }}
    left join {{ accounts }} as accounts
        on {{ same(account, 'earlier', 'accounts') }}
            and accounts.publication_id = {{ publication_id() }}
    where accounts.feed is null
        and {{ in_texts('earlier.feed', feeds) }}

)

select
    {{ publication_id() }} as publication_id,
    feed
from {{ ref('int_compared_month_ends') }}
where is_published
    and {{ in_texts('feed', feeds) }}
    and feed not in (select left_out.feed from left_out)
group by feed
having 2 * sum(case when is_changed then 1 else 0 end) > count(*)
