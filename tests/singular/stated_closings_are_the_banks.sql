-- Where the bank states balances, a day closes on one of those it stated for that day.
select
    days.feed,
    days.account_id,
    days.currency,
    days.booking_date,
    days.closing_balance
from {{ ref('int_daily_closing_balances') }} as days
left join (
    select distinct feed, account_id, currency, booking_date, balance_after from {{ ref('fct_ledger_entries') }}
) as stated
    on days.feed = stated.feed
        and days.account_id = stated.account_id
        and days.currency = stated.currency
        and days.booking_date = stated.booking_date
        and days.closing_balance = stated.balance_after
where days.basis = 'stated'
    and stated.balance_after is null
