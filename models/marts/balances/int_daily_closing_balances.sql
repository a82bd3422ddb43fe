with

{% if is_incremental() -%}
accounts_to_reclose as (
    {{ accounts_to_reclose(this) }}
),
{%- endif %}

entries as (

    select
        entries.feed,
        entries.account_id,
        entries.currency,
        entries.booking_date,
        entries.transaction_id,
        entries.amount,
        entries.balance_after
    from {{ ref('fct_ledger_entries') }} as entries
    {% if is_incremental() -%}
    inner join accounts_to_reclose as reclosed
        on entries.feed = reclosed.feed
            and entries.account_id = reclosed.account_id
            and entries.currency = reclosed.currency
            and entries.booking_date >= reclosed.reclose_from
    {%- endif %}

),

days as (

    select
        feed,
        account_id,
        currency,
        booking_date,
        count(*) as entry_count,
        sum(amount) as movement,
        count(balance_after) = count(*) as is_stated,
        min(balance_after) as only_balance
    from entries
    group by feed, account_id, currency, booking_date

),

-- An entry is a step from one balance to the next; where a day has several, the steps have to be put in order.
steps as (

    select
        entries.*,
        entries.balance_after - entries.amount as balance_before
    from entries
    inner join days
        on entries.feed = days.feed
            and entries.account_id = days.account_id
            and entries.currency = days.currency
            and entries.booking_date = days.booking_date
    where days.entry_count > 1 and days.is_stated

),

arrivals as (

    select feed, account_id, currency, booking_date, balance_after as balance, count(*) as steps, min(transaction_id) as first_id
    from steps
    group by feed, account_id, currency, booking_date, balance_after

),

departures as (

    select feed, account_id, currency, booking_date, balance_before as balance, count(*) as steps
    from steps
    group by feed, account_id, currency, booking_date, balance_before

),

-- A balance that is reached more often than it is left is where the day can have ended.
arrivals_with_net as (

    select
        arrivals.*,
        arrivals.steps > coalesce(departures.steps, 0) as is_end,
        max(case when arrivals.steps > coalesce(departures.steps, 0) then 1 else 0 end) over (
            partition by arrivals.feed, arrivals.account_id, arrivals.currency, arrivals.booking_date
        ) as day_has_end
    from arrivals
    left join departures
        on arrivals.feed = departures.feed
            and arrivals.account_id = departures.account_id
            and arrivals.currency = departures.currency
            and arrivals.booking_date = departures.booking_date
            and arrivals.balance = departures.balance

),

candidates as (

    select
        feed,
        account_id,
        currency,
        booking_date,
        balance,
        first_id,
        count(*) over (partition by feed, account_id, currency, booking_date) as candidate_count
    from arrivals_with_net
    where is_end or day_has_end = 0

),

certain as (

    select feed, account_id, currency, booking_date, balance from candidates where candidate_count = 1
    union all
    select feed, account_id, currency, booking_date, only_balance as balance from days where entry_count = 1 and is_stated

),

-- Days that stand as they are, before the first one that is closed here, carry the certainty forward.
timeline as (

    select
        days.feed,
        days.account_id,
        days.currency,
        days.booking_date,
        days.entry_count,
        days.movement,
        days.is_stated,
        certain.balance as certain_closing,
        cast(null as decimal(38, 4)) as known_closing
    from days
    left join certain
        on days.feed = certain.feed
            and days.account_id = certain.account_id
            and days.currency = certain.currency
            and days.booking_date = certain.booking_date
    {% if is_incremental() -%}
    union all
    select
        known.feed,
        known.account_id,
        known.currency,
        known.booking_date,
        known.entry_count,
        known.movement,
        known.basis = 'stated' as is_stated,
        case when known.decided_by = 'chain' then known.closing_balance end as certain_closing,
        known.closing_balance as known_closing
    from {{ this }} as known
    inner join accounts_to_reclose as reclosed
        on known.feed = reclosed.feed
            and known.account_id = reclosed.account_id
            and known.currency = reclosed.currency
            and known.booking_date < reclosed.reclose_from
    {%- endif %}

),

summed as (

    select
        *,
        sum(movement) over (partition by feed, account_id, currency order by booking_date) as movement_to_date
    from timeline

),

-- What the closing would be by the nearest certain day before, and by the nearest one after.
expected as (

    select
        *,
        movement_to_date + {{ last_known(
            'certain_closing - movement_to_date',
            'partition by feed, account_id, currency order by booking_date rows between unbounded preceding and 1 preceding'
        ) }} as expected_by_previous,
        movement_to_date + {{ first_known(
            'certain_closing - movement_to_date',
            'partition by feed, account_id, currency order by booking_date rows between 1 following and unbounded following'
        ) }} as expected_by_following
    from summed

),

ranked as (

    select
        candidates.*,
        rank() over (by_previous) as rank_by_previous,
        rank() over (by_both) as rank_by_both,
        row_number() over (by_id) as position,
        expected.expected_by_previous is not null as has_previous,
        expected.expected_by_following is not null as has_following
    from candidates
    inner join expected
        on candidates.feed = expected.feed
            and candidates.account_id = expected.account_id
            and candidates.currency = expected.currency
            and candidates.booking_date = expected.booking_date
    where candidates.candidate_count > 1
    window
        by_previous as (
            partition by candidates.feed, candidates.account_id, candidates.currency, candidates.booking_date
            order by abs(candidates.balance - expected.expected_by_previous)
        ),
        by_both as (
            partition by candidates.feed, candidates.account_id, candidates.currency, candidates.booking_date
            order by
                abs(candidates.balance - expected.expected_by_previous),
                abs(candidates.balance - expected.expected_by_following)
        ),
        by_id as (
            partition by candidates.feed, candidates.account_id, candidates.currency, candidates.booking_date
            order by
                abs(candidates.balance - expected.expected_by_previous),
                abs(candidates.balance - expected.expected_by_following),
                candidates.first_id
        )

),

chosen as (

    select
        feed,
        account_id,
        currency,
        booking_date,
        max(case when position = 1 then balance end) as balance,
        case
            when bool_and(has_previous) and count(*) filter (where rank_by_previous = 1) = 1 then 'previous_day'
            when bool_and(has_following) and count(*) filter (where rank_by_both = 1) = 1 then 'following_day'
            else 'undecided'
        end as decided_by
    from ranked
    group by feed, account_id, currency, booking_date

),

closed as (

    select
        expected.feed,
        expected.account_id,
        expected.currency,
        expected.booking_date,
        expected.entry_count,
        expected.movement,
        expected.movement_to_date,
        expected.known_closing is not null as is_known,
        case when expected.is_stated then 'stated' else 'computed' end as basis,
        case
            when not expected.is_stated then 'movements'
            else coalesce(chosen.decided_by, 'chain')
        end as decided_by,
        case
            when expected.is_stated then coalesce(expected.known_closing, expected.certain_closing, chosen.balance)
        end as stated_closing
    from expected
    left join chosen
        on expected.feed = chosen.feed
            and expected.account_id = chosen.account_id
            and expected.currency = chosen.currency
            and expected.booking_date = chosen.booking_date

),

-- The previous day's closing is the last one that the bank stated and the movements since, or all movements where it
-- has stated none yet.
opened as (

    select
        *,
        coalesce(
            movement_to_date - movement + {{ last_known(
                'stated_closing - movement_to_date',
                'partition by feed, account_id, currency order by booking_date rows between unbounded preceding and 1 preceding'
            ) }},
            case
                when lag(booking_date) over (partition by feed, account_id, currency order by booking_date) is null
                    then stated_closing - movement
            end,
            movement_to_date - movement
        ) as opening_balance
    from closed

),

closings as (

    select
        feed,
        account_id,
        currency,
        booking_date,
        {{ month_of('booking_date') }} as booking_month,
        cast(entry_count as bigint) as entry_count,
        cast(opening_balance as decimal(38, 4)) as opening_balance,
        cast(movement as decimal(38, 4)) as movement,
        cast(case when basis = 'stated' then stated_closing - opening_balance - movement else 0 end as decimal(38, 4))
            as break_amount,
        cast(case when basis = 'stated' then stated_closing else opening_balance + movement end as decimal(38, 4))
            as closing_balance,
        basis,
        decided_by
    from opened
    where not is_known

)

select closings.*
from closings
{{ where_changed(
    'closings',
    ['feed', 'account_id', 'currency', 'booking_date'],
    ['entry_count', 'opening_balance', 'movement', 'break_amount', 'closing_balance', 'basis', 'decided_by']
) }}
