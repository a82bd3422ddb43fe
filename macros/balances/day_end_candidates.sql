{#
    The balances on which each account-day can have ended, by the steps of its entries alone: `balance`, the smallest id
    that states it (`first_id`), and how many candidates the day has (`candidate_count`).

    An entry is a step from balance_after - amount to balance_after. A balance that is reached more often than it is left is
    where the day can have ended; where there is none the day is a circle, and every balance of it is a candidate. The
    rule and why it is not the largest id: docs/decisions/0004-the-closing-of-a-day.md.

    `entries` and `days` are relations with one row per entry and per account-day, which the columns `day` identify; days
    without a stated balance for every entry have no candidates.
#}
{% macro day_end_candidates(entries, days, day) %}
    {%- set day_columns = day | join(', ') -%}
    with

    steps as (
        select entries.*
        from {{ entries }} as entries
        inner join {{ days }} as days
            on {{ same(day, 'entries', 'days') }}
        where days.entry_count > 1 and days.is_stated
    ),

    arrivals as (
        select {{ day_columns }}, balance_after as balance, count(*) as steps, min(transaction_id) as first_id
        from steps
        group by {{ day_columns }}, balance_after
    ),

    departures as (
        select {{ day_columns }}, balance_after - amount as balance, count(*) as steps
        from steps
        group by {{ day_columns }}, balance_after - amount
    ),

    judged as (
        select
            arrivals.*,
            arrivals.steps > coalesce(departures.steps, 0) as is_end
        from arrivals
        left join departures
            on {{ same(day + ['balance'], 'arrivals', 'departures') }}
    ),

    compared as (
        select
            *,
            bool_or(is_end) over (partition by {{ day_columns }}) as day_has_end
        from judged
    )

    select {{ day_columns }}, balance, first_id, count(*) over (partition by {{ day_columns }}) as candidate_count
    from compared
    where is_end or not day_has_end

    union all

    select {{ day_columns }}, only_balance as balance, only_id as first_id, 1 as candidate_count
    from {{ days }} as days
    where entry_count = 1 and is_stated
{% endmacro %}
