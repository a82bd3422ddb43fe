-- The days on which the bank's balances and its entries do not agree, whose known balances differ, or that no rule can
-- order, of each version of a month-end.
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
select
    days.publication_id,
    days.{{ account_month | join(', days.') }},
    days.booking_date,
    days.opening_balance,
    days.movement,
    days.closing_balance,
    days.break_amount,
    cast(feed_months.balance_tolerance as decimal(24, 4)) as tolerance,
    cast(
        case
            when abs(days.break_amount) > feed_months.balance_tolerance then 'movement_missing'
            when days.is_contradicted then 'balances_differ'
            else 'order_undecided'
        end as varchar
    ) as kind
from {{ ref('int_daily_closings') }} as days
inner join {{ ref('month_end_versions') }} as versions
    on {{ same(account_month + ['publication_id'], 'days', 'versions') }}
inner join {{ ref('int_feed_months') }} as feed_months
    on {{ same(['feed', 'publication_id'], 'days', 'feed_months') }}
where days.publication_id = {{ publication_id() }}
    and (
        abs(days.break_amount) > feed_months.balance_tolerance
        or days.is_contradicted
        or days.decided_by = 'undecided'
    )
