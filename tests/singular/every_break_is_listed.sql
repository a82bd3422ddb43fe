-- A day on which opening + movement is not the closing, beyond the contract's tolerance, stands in balance_breaks with
-- its amount, and nothing else does but days whose order could not be decided.
select
    coalesce(days.feed, breaks.feed) as feed,
    coalesce(days.account_id, breaks.account_id) as account_id,
    coalesce(days.currency, breaks.currency) as currency,
    coalesce(days.booking_date, breaks.booking_date) as booking_date,
    days.closing_balance - days.opening_balance - days.movement as difference,
    breaks.break_amount
from {{ ref('int_daily_closing_balances') }} as days
full outer join {{ ref('balance_breaks') }} as breaks
    on days.feed = breaks.feed
        and days.account_id = breaks.account_id
        and days.currency = breaks.currency
        and days.booking_date = breaks.booking_date
where (
    case
        when breaks.feed is not null
            then days.closing_balance - days.opening_balance - days.movement = breaks.break_amount
                and (abs(breaks.break_amount) > breaks.tolerance or days.decided_by = 'undecided')
        else abs(days.closing_balance - days.opening_balance - days.movement)
            <= {{ contract_value('days.feed', 'balance_tolerance', 'decimal(24, 4)') }}
            and days.decided_by <> 'undecided'
    end
) is distinct from true
and {{ balances_to_test() }}
