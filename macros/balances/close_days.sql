{#
    The closing of each account-day, from all entries of the account or, where `standing` is given, from those of some day on:
    `standing` is a relation of the account's earlier days as they were closed. They carry the balance and the certainty
    forward, and are not returned.

    `account` are the columns that identify an account, feed among them; both relations have them. `entries` has one row per
    entry: account, booking_date, transaction_id, amount, balance_after. Returned are the columns of
    int_daily_closing_balances.
#}
{% macro close_days(entries, account, standing=none) %}
    {%- set day = account + ['booking_date'] -%}
    {%- set by_account = 'partition by ' ~ account | join(', ') ~ ' order by booking_date' -%}
    with

    days as (

        select
            {{ day | join(', ') }},
            count(*) as entry_count,
            sum(amount) as movement,
            count(balance_after) = count(*) as is_stated,
            min(balance_after) as only_balance,
            min(transaction_id) as only_id
        from {{ entries }} as entries
        group by {{ day | join(', ') }}

    ),

    candidates as (
        {{ day_end_candidates(entries, 'days', day) }}
    ),

    -- Days that stand as they are, before the first one that is closed here, carry the certainty forward.
    timeline as (

        select
            {% for column in day -%}
            days.{{ column }},
            {% endfor -%}
            days.entry_count,
            days.movement,
            days.is_stated,
            certain.balance as certain_closing,
            cast(null as decimal(38, 4)) as known_closing
        from days
        left join candidates as certain
            on {{ same(day, 'days', 'certain') }}
                and certain.candidate_count = 1
        {% if standing -%}
        union all
        select
            {% for column in day -%}
            known.{{ column }},
            {% endfor -%}
            known.entry_count,
            known.movement,
            known.basis = 'stated' as is_stated,
            case when known.decided_by = 'chain' then known.closing_balance end as certain_closing,
            known.closing_balance as known_closing
        from {{ standing }} as known
        {%- endif %}

    ),

    summed as (

        select
            *,
            sum(movement) over ({{ by_account }}) as movement_to_date
        from timeline

    ),

    -- What the closing would be by the nearest certain day before, and by the nearest one after.
    expected as (

        select
            *,
            movement_to_date + {{ last_known(
                'certain_closing - movement_to_date', by_account ~ ' rows between unbounded preceding and 1 preceding'
            ) }} as expected_by_previous,
            movement_to_date + {{ first_known(
                'certain_closing - movement_to_date', by_account ~ ' rows between 1 following and unbounded following'
            ) }} as expected_by_following
        from summed

    ),

    distances as (

        select
            candidates.*,
            abs(candidates.balance - expected.expected_by_previous) as from_previous,
            abs(candidates.balance - expected.expected_by_following) as from_following,
            {{ contract_value('candidates.feed', 'balance_tolerance', 'decimal(24, 4)') }} as tolerance
        from candidates
        inner join expected
            on {{ same(day, 'candidates', 'expected') }}
        where candidates.candidate_count > 1

    ),

    -- The candidate that leaves the fewest breaks with its neighbours, then the least money in them.
    ranked as (

        select
            *,
            rank() over (by_fit) as fit,
            row_number() over (by_fit_and_id) as position
        from (
            select
                *,
                case when from_previous > tolerance then 1 else 0 end
                + case when from_following > tolerance then 1 else 0 end as break_count,
                coalesce(from_previous, 0) + coalesce(from_following, 0) as broken_amount
            from distances
        ) as measured
        window
            by_fit as (
                partition by {{ day | join(', ') }} order by break_count, broken_amount, from_previous
            ),
            by_fit_and_id as (
                partition by {{ day | join(', ') }} order by break_count, broken_amount, from_previous, first_id
            )

    ),

    chosen as (

        select
            {{ day | join(', ') }},
            max(case when position = 1 then balance end) as balance,
            case when count(*) filter (where fit = 1) = 1 then 'neighbours' else 'undecided' end as decided_by
        from ranked
        group by {{ day | join(', ') }}

    ),

    closed as (

        select
            expected.*,
            case when expected.is_stated then coalesce(chosen.decided_by, 'chain') else 'movements' end as decided_by,
            case
                when expected.is_stated then coalesce(expected.known_closing, expected.certain_closing, chosen.balance)
            end as stated_closing
        from expected
        left join chosen
            on {{ same(day, 'expected', 'chosen') }}

    ),

    -- The previous day's closing is the last one that the bank stated and the movements since, or all movements where it
    -- has stated none yet.
    opened as (

        select
            *,
            coalesce(
                movement_to_date - movement + {{ last_known(
                    'stated_closing - movement_to_date', by_account ~ ' rows between unbounded preceding and 1 preceding'
                ) }},
                case when lag(booking_date) over ({{ by_account }}) is null then stated_closing - movement end,
                movement_to_date - movement
            ) as opening_balance
        from closed

    )

    select
        {{ day | join(', ') }},
        {{ month_of('booking_date') }} as booking_month,
        cast(entry_count as bigint) as entry_count,
        cast(opening_balance as decimal(38, 4)) as opening_balance,
        cast(movement as decimal(38, 4)) as movement,
        cast(case when is_stated then stated_closing - opening_balance - movement else 0 end as decimal(38, 4))
            as break_amount,
        cast(case when is_stated then stated_closing else opening_balance + movement end as decimal(38, 4))
            as closing_balance,
        case when is_stated then 'stated' else 'computed' end as basis,
        decided_by
    from opened
    where known_closing is null
{% endmacro %}
