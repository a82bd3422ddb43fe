-- The days on which the bank's balances and its entries do not agree, or whose order is undecided.
select
    breaks.feed,
    breaks.account_id,
    breaks.currency,
    breaks.booking_date,
    breaks.opening_balance,
    breaks.movement,
    breaks.closing_balance,
    breaks.break_amount,
    breaks.tolerance,
    breaks.kind
from {{ ref('day_breaks') }} as breaks
inner join {{ ref('month_end_balances') }} as balances
    on {{ same(['feed', 'account_id', 'currency', 'month', 'publication_id'], 'breaks', 'balances') }}
