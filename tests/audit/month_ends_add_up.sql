-- Opening + movement + break is the balance, and a month opens on the balance of the month before. What no bank states
-- opens on nothing. A quiet month is proven if the one before is.
select
    feed,
    account_id,
    currency,
    month,
    opening_balance,
    movement,
    break_amount,
    balance,
    previous_balance,
    basis,
    is_proven
from {{ ref('int_month_end_faults') }}
where publication_id = {{ publication_id() }}
    and not adds_up
