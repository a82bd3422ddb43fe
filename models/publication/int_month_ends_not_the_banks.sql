-- The account-months that this build touches of whose last day balances are stated or known, and that end on none of
-- them. What is known of a day beside its entries comes before what its entries state. It is empty in every good build.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
with

accounts as (
    {{ rows_of(ref('int_audited_accounts')) }}
),

stated as (

    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month as month,
        entries.booking_date as day,
        false as is_known,
        entries.balance_after as balance
    from {{ ref('int_audited_entries') }} as entries
    inner join {{ ref('int_feed_months') }} as feed_months
        on entries.feed = feed_months.feed
            and feed_months.states_balances
            and feed_months.publication_id = {{ publication_id() }}
    inner join accounts
        on {{ same(account, 'entries', 'accounts') }}
            and entries.booking_month >= accounts.first_month
    where {{ 'true' if has_written(ref('int_audited_accounts')) else 'false' }}
    union all
    -- Before its first entry an account has no month.
    select
        known.{{ account | join(', known.') }},
        {{ month_of('known.day') }} as month,
        known.day,
        true as is_known,
        known.balance
    from {{ ref('int_known_balances') }} as known
    inner join {{ ref('int_audited_month_ends') }} as month_ends
        on {{ same(account, 'known', 'month_ends') }}
            and {{ month_of('known.day') }} = month_ends.month
    inner join accounts
        on {{ same(account, 'known', 'accounts') }}
            and month_ends.month >= accounts.first_month

),

known_months as (

    select distinct {{ account_month | join(', ') }} from stated
    where is_known

),

-- What an account without stated balances moves after the last known one of its month moves the month's end, too.
moved as (

    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month as month,
        max(entries.booking_date) as last_day
    from {{ ref('int_audited_entries') }} as entries
    inner join known_months
        on {{ same(account, 'entries', 'known_months') }}
            and entries.booking_month = known_months.month
    group by entries.{{ account | join(', entries.') }}, entries.booking_month

),

-- Of each month its last day.
last_days as (

    select
        in_order.{{ account_month | join(', in_order.') }},
        in_order.balance
    from (
        select
            *,
            rank() over (
                partition by {{ account_month | join(', ') }}
                order by day desc, case when is_known then 0 else 1 end
            ) as place
        from stated
    ) as in_order
    left join moved
        on {{ same(account_month, 'in_order', 'moved') }}
    where in_order.place = 1
        and (moved.last_day <= in_order.day or moved.last_day is null)

)

select
    {{ publication_id() }} as publication_id,
    last_days.{{ account_month | join(', last_days.') }},
    max(month_ends.balance) as balance,
    min(last_days.balance) as lowest_stated_balance,
    max(last_days.balance) as highest_stated_balance
from last_days
left join {{ ref('int_audited_month_ends') }} as month_ends
    on {{ same(account_month, 'last_days', 'month_ends') }}
group by last_days.{{ account_month | join(', last_days.') }}
having count(last_days.balance) > 0
    and max(case when last_days.balance = month_ends.balance then 1 else 0 end) = 0
