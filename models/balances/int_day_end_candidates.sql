-- The balances on which a day can have ended, by itself (decision 4). What is known of the end of the day is: a balance
-- that is stated beside the entries, or the one that the bank gives to each entry of the day. Else an entry is a step
-- from balance_after - amount to balance_after. A balance that is reached more often than it is left is where the day
-- can have ended; where there is none the day is a circle, and every balance of it is a candidate. Entries without a
-- stated balance are no steps: where the bank states one balance a day, that is the closing.
{%- set day = ['feed', 'account_id', 'currency', 'booking_date'] %}
with

entries as (

    select entries.*
    from {{ ref('int_entries_to_close') }} as entries
    where entries.publication_id = {{ publication_id() }}
        and entries.is_closed_by_days
        and entries.balance_after is not null

),

feed_months as (
    {{ rows_of(ref('int_feed_months')) }}
),

-- By day and balance.
known as (

    select {{ day | join(', ') }}, balance, min(first_id) as first_id, max(place) as last_place
    from (
        select {{ day | join(', ') }}, balance, first_id, cast(null as bigint) as place
        from {{ ref('int_stated_days') }}
        where publication_id = {{ publication_id() }}
        union all
        select {{ day | join(', ') }}, balance_after as balance, transaction_id as first_id, place
        from entries
        where feed in (
                select feed_months.feed from feed_months
                where feed_months.balance_stated = 'end_of_day'
            )
    ) as known_balances
    group by {{ day | join(', ') }}, balance

),

stated_days as (

    select
        {{ day | join(', ') }},
        count(*) as step_count,
        min(balance_after) as only_balance,
        min(transaction_id) as only_id,
        min(place) as only_place
    from entries
    where feed not in (
            select feed_months.feed from feed_months
            where feed_months.balance_stated = 'end_of_day'
        )
    group by {{ day | join(', ') }}

),

steps as (

    select entries.*
    from entries
    inner join stated_days
        on {{ same(day, 'entries', 'stated_days') }}
            and stated_days.step_count > 1

),

arrivals as (

    select
        {{ day | join(', ') }},
        balance_after as balance,
        count(*) as steps,
        min(transaction_id) as first_id,
        max(place) as last_place
    from steps
    group by {{ day | join(', ') }}, balance_after

),

departures as (

    select {{ day | join(', ') }}, balance_after - amount as balance, count(*) as steps
    from steps
    group by {{ day | join(', ') }}, balance_after - amount

),

ends as (

    select
        arrivals.*,
        arrivals.steps > coalesce(departures.steps, 0) as is_end,
        bool_or(arrivals.steps > coalesce(departures.steps, 0))
            over (partition by arrivals.{{ day | join(', arrivals.') }})
            as day_has_end
    from arrivals
    left join departures
        on {{ same(day + ['balance'], 'arrivals', 'departures') }}

),

of_steps as (

    select {{ day | join(', ') }}, balance, first_id, last_place
    from ends
    where is_end or not day_has_end
    union all
    select {{ day | join(', ') }}, only_balance as balance, only_id as first_id, only_place as last_place
    from stated_days
    where step_count = 1

),

known_days as (

    select {{ day | join(', ') }}, count(*) as balance_count
    from known
    group by {{ day | join(', ') }}

),

-- The balances of a day contradict each other where several are known, or where no possible end of its steps is near
-- the one that is.
contradicted as (

    select
        known_days.{{ day | join(', known_days.') }},
        known_days.balance_count > 1
        or coalesce(min(abs(of_steps.balance - known.balance)) > max(feed_months.balance_tolerance), false)
            as is_contradicted
    from known_days
    inner join known
        on {{ same(day, 'known_days', 'known') }}
    inner join feed_months
        on known_days.feed = feed_months.feed
    left join of_steps
        on {{ same(day, 'known_days', 'of_steps') }}
    group by known_days.{{ day | join(', known_days.') }}, known_days.balance_count

)

select
    {{ publication_id() }} as publication_id,
    of_steps.{{ (day + ['balance', 'first_id', 'last_place']) | join(', of_steps.') }},
    count(*) over (partition by of_steps.{{ day | join(', of_steps.') }}) as candidate_count,
    false as is_known,
    false as is_contradicted
from of_steps
left join known_days
    on {{ same(day, 'of_steps', 'known_days') }}
where known_days.feed is null
union all
select
    {{ publication_id() }} as publication_id,
    known.{{ (day + ['balance', 'first_id', 'last_place']) | join(', known.') }},
    count(*) over (partition by known.{{ day | join(', known.') }}) as candidate_count,
    true as is_known,
    contradicted.is_contradicted
from known
inner join contradicted
    on {{ same(day, 'known', 'contradicted') }}
