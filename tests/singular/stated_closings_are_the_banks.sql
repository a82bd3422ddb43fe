-- Where the bank states balances, a day closes on one of those it stated for that day.
{%- set day = ['feed', 'account_id', 'currency', 'booking_date'] %}

with

stated as (

    select distinct
        {{ day | join(', ') }},
        balance_after
    from {{ ref('fct_ledger_entries') }}

)

select
    days.feed,
    days.account_id,
    days.currency,
    days.booking_date,
    days.closing_balance
from {{ ref('int_daily_closing_balances') }} as days
left join stated
    on {{ same(day, 'days', 'stated') }}
        and days.closing_balance = stated.balance_after
where days.basis = 'stated'
    and stated.balance_after is null
    and {{ balances_to_test() }}
