-- A month with entries opens like its first day, ends like its last one, and is proven if its days say so; a month
-- without entries repeats the one before it. None is provisional once a file was landed after its end.
{%- set account = ['feed', 'account_id', 'currency'] %}

with

days as (

    select
        {{ account | join(', ') }},
        booking_month as month,
        min_by(opening_balance, booking_date) as opening_balance,
        max_by(closing_balance, booking_date) as balance,
        max_by(decided_by, booking_date) <> 'undecided'
        and max(abs(break_amount))
        <= {{ contract_value('min(feed)', 'balance_tolerance', 'decimal(24, 4)') }} as is_proven
    from {{ ref('int_daily_closing_balances') }}
    group by {{ account | join(', ') }}, booking_month

),

months as (

    select
        *,
        lag(balance) over (partition by {{ account | join(', ') }} order by month) as previous_balance,
        lag(is_proven) over (partition by {{ account | join(', ') }} order by month) as previous_is_proven
    from {{ ref('month_end_balances') }}

),

known as (

    select
        feed,
        {{ local_date('max(known_at)', var('reporting_time_zone')) }} as known_on
    from {{ ref('run_gate') }}
    where verdict = 'passed'
    group by feed

)

select
    coalesce(months.feed, days.feed) as feed,
    coalesce(months.account_id, days.account_id) as account_id,
    coalesce(months.currency, days.currency) as currency,
    coalesce(months.month, days.month) as month,
    months.opening_balance,
    days.opening_balance as opening_of_first_day,
    months.balance,
    days.balance as closing_of_last_day,
    months.is_proven,
    months.is_provisional
from months
full outer join days
    on {{ same(account + ['month'], 'months', 'days') }}
left join known
    on months.feed = known.feed
where (
    months.month is null
    or months.is_provisional is distinct from (known.known_on < cast(months.month + interval '1' month as date))
    or (
        days.month is not null
        and (
            months.opening_balance is distinct from days.opening_balance
            or months.balance is distinct from days.balance
            or months.is_proven is distinct from days.is_proven
        )
    )
    or (
        days.month is null
        and (
            months.opening_balance is distinct from months.previous_balance
            or months.balance is distinct from months.previous_balance
            or months.is_proven is distinct from months.previous_is_proven
        )
    )
)
and {{ balances_to_test() }}
