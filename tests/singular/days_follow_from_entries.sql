-- A day is closed with exactly its entries of the ledger, and opens where the day before it closed; the first day of a
-- computed account opens on nothing.
{%- set day = ['feed', 'account_id', 'currency', 'booking_date'] %}

with

entries as (

    select
        {{ day | join(', ') }},
        count(*) as entry_count,
        sum(amount) as movement
    from {{ ref('fct_ledger_entries') }}
    group by {{ day | join(', ') }}

),

days as (

    select
        *,
        lag(closing_balance) over (partition by feed, account_id, currency order by booking_date) as previous_closing,
        lag(booking_date) over (partition by feed, account_id, currency order by booking_date) as previous_date
    from {{ ref('int_daily_closing_balances') }}

)

select
    coalesce(days.feed, entries.feed) as feed,
    coalesce(days.account_id, entries.account_id) as account_id,
    coalesce(days.currency, entries.currency) as currency,
    coalesce(days.booking_date, entries.booking_date) as booking_date,
    entries.entry_count as entries_in_ledger,
    days.entry_count,
    entries.movement as movement_in_ledger,
    days.movement,
    days.previous_closing,
    days.opening_balance
from days
full outer join entries
    on {{ same(day, 'days', 'entries') }}
where (
    days.entry_count is distinct from entries.entry_count
    or days.movement is distinct from entries.movement
    or (days.previous_date is not null and days.opening_balance is distinct from days.previous_closing)
    or (days.previous_date is null and days.basis = 'computed' and days.opening_balance is distinct from 0)
)
and {{ balances_to_test() }}
