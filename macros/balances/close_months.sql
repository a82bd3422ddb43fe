{#
    The months in which an account has entries, from its closed days: where the month opened, what moved, where it ended.

    `days` is a relation with the columns of int_daily_closing_balances; `account` are those that identify an account.
#}
{% macro close_months(days, account) %}
    select
        {{ account | join(', ') }},
        booking_month as month,
        min_by(opening_balance, booking_date) as opening_balance,
        sum(movement) as movement,
        sum(break_amount) as break_amount,
        max_by(closing_balance, booking_date) as balance,
        sum(entry_count) as entry_count,
        case when bool_or(basis = 'computed') then 'computed' else 'stated' end as basis,
        max_by(decided_by, booking_date) <> 'undecided'
        and not bool_or(
            abs(break_amount) > {{ contract_value('feed', 'balance_tolerance', 'decimal(24, 4)') }}
        ) as is_proven
    from {{ days }} as days
    group by {{ account | join(', ') }}, booking_month
{% endmacro %}
