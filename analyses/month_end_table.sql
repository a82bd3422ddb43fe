-- The month-end balances of ledger_entries from January to March 2024: the account, the month, the balance (NULL before
-- the account's first entry). Another feed or other months are other arguments.
select
    balances.account_id as acct,
    balances.month,
    balances.balance
from (
    {{ month_end_history(ref('month_end_balances'), '2024-01', '2024-03') }}
) as balances
where balances.feed = 'ledger_entries'
order by acct, balances.month
