-- A month opens with the balance on which the month before it ended.
select
    balances.feed,
    balances.account_id,
    balances.currency,
    balances.month,
    balances.opening_balance,
    previous.balance as previous_balance
from {{ ref('month_end_balances') }} as balances
inner join {{ ref('month_end_balances') }} as previous
    on balances.feed = previous.feed
        and balances.account_id = previous.account_id
        and balances.currency = previous.currency
        and cast(balances.month - interval '1' month as date) = previous.month
where (balances.opening_balance = previous.balance) is distinct from true
    and {{ balances_to_test() }}
