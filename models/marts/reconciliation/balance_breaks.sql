with

days as (

    select
        *,
        {{ contract_value('feed', 'balance_tolerance', 'decimal(24, 4)') }} as tolerance
    from {{ ref('int_daily_closing_balances') }}

),

latest as (

    select
        feed,
        max(booking_date) as latest_booking_date
    from days
    group by feed

)

select
    days.feed,
    days.account_id,
    days.currency,
    days.booking_date,
    days.opening_balance,
    days.movement,
    days.closing_balance,
    days.break_amount,
    days.tolerance,
    cast(
        case when abs(days.break_amount) > days.tolerance then 'movement_missing' else 'order_undecided' end as varchar
    ) as kind,
    date_diff('day', days.booking_date, latest.latest_booking_date) as age_in_days
from days
inner join latest
    on days.feed = latest.feed
where abs(days.break_amount) > days.tolerance
    or days.decided_by = 'undecided'
