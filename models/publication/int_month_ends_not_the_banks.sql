-- The account-months that this build touches in which the bank states balances of the last day with entries, and the
-- month ends on none of them. It is empty in every good build.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
with

-- Of each month its last day with entries.
last_days as (

    select
        {{ account_month | join(', ') }},
        balance_after
    from (
        select
            entries.{{ account | join(', entries.') }},
            entries.booking_month as month,
            entries.balance_after,
            rank() over (
                partition by entries.{{ account | join(', entries.') }}, entries.booking_month
                order by entries.booking_date desc
            ) as place
        from {{ ref('int_audited_entries') }} as entries
        inner join {{ ref('int_feed_months') }} as feed_months
            on entries.feed = feed_months.feed
                and feed_months.states_balances
                and feed_months.publication_id = {{ publication_id() }}
        inner join {{ ref('int_audited_accounts') }} as accounts
            on {{ same(account, 'entries', 'accounts') }}
                and entries.booking_month >= accounts.first_month
                and accounts.publication_id = {{ publication_id() }}
        where {{ 'true' if has_written(ref('int_audited_accounts')) else 'false' }}
    ) as in_order
    where place = 1

)

select
    {{ publication_id() }} as publication_id,
    last_days.{{ account_month | join(', last_days.') }},
    max(month_ends.balance) as balance,
    min(last_days.balance_after) as lowest_stated_balance,
    max(last_days.balance_after) as highest_stated_balance
from last_days
left join {{ ref('int_audited_month_ends') }} as month_ends
    on {{ same(account_month, 'last_days', 'month_ends') }}
group by last_days.{{ account_month | join(', last_days.') }}
having count(last_days.balance_after) > 0
    and max(case when last_days.balance_after = month_ends.balance then 1 else 0 end) = 0
