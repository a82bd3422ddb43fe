-- Opening + movement + break is the balance. A month opens on the balance of the month before. What no bank states opens on nothing, has no
-- break and is not proven; what is proven has no break beyond the tolerance.
select feed, account_id, currency, month, opening_balance, movement, break_amount, balance, previous_balance, basis, is_proven
from {{ ref('int_audited_months') }}
where publication_id = {{ publication_id() }}
    and month >= first_month
    and (
        balance = opening_balance + movement + break_amount
        and case
            when previous_month is not null
                then opening_balance = previous_balance and previous_month = cast(month - interval '1' month as date)
            else basis = 'stated' or opening_balance = 0
        end
        and basis in ('stated', 'computed')
        and (not is_proven or abs(break_amount) <= balance_tolerance or entry_count > 1)
        and is_proven is not null
    ) is distinct from true
