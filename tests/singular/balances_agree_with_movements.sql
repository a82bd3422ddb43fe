-- A computed balance is the sum of the account's entries up to the month's end; a stated one is that sum, the opening
-- balance and the breaks that are listed.
with

entries as (

    select
        feed,
        account_id,
        currency,
        booking_month as month,
        sum(amount) as movement,
        count(*) as entry_count
    from {{ ref('fct_ledger_entries') }}
    group by feed, account_id, currency, booking_month

)

select
    coalesce(balances.feed, entries.feed) as feed,
    coalesce(balances.account_id, entries.account_id) as account_id,
    coalesce(balances.currency, entries.currency) as currency,
    coalesce(balances.month, entries.month) as month,
    balances.opening_balance,
    balances.movement,
    entries.movement as movement_of_entries,
    balances.break_amount,
    balances.balance
from {{ ref('month_end_balances') }} as balances
full outer join entries
    on balances.feed = entries.feed
        and balances.account_id = entries.account_id
        and balances.currency = entries.currency
        and balances.month = entries.month
where (
    balances.balance = balances.opening_balance + coalesce(entries.movement, 0) + balances.break_amount
    and balances.movement = coalesce(entries.movement, 0)
    and balances.entry_count = coalesce(entries.entry_count, 0)
    and (balances.basis = 'stated' or balances.break_amount = 0)
) is distinct from true
and {{ balances_to_test() }}
