-- The balances on which a day can have ended, by the steps of its entries alone (decision 4). An entry is a step from
-- balance_after - amount to balance_after. A balance that is reached more often than it is left is where the day can
-- have ended; where there is none the day is a circle, and every balance of it is a candidate. Entries without a stated
-- balance are no steps: where the bank states one balance a day, that is the closing.
{%- set day = ['feed', 'account_id', 'currency', 'booking_date'] %}
with

stated_days as (

    select
        {{ day | join(', ') }},
        count(balance_after) as step_count,
        min(balance_after) as only_balance,
        min(case when balance_after is not null then transaction_id end) as only_id
    from {{ ref('int_entries_to_close') }}
    where publication_id = {{ publication_id() }}
        and feed in (
            select feed_months.feed from {{ ref('int_feed_months') }} as feed_months
            where feed_months.states_balances and feed_months.publication_id = {{ publication_id() }}
        )
    group by {{ day | join(', ') }}
    having count(balance_after) > 0

),

steps as (

    select entries.*
    from {{ ref('int_entries_to_close') }} as entries
    inner join stated_days
        on {{ same(day, 'entries', 'stated_days') }}
            and stated_days.step_count > 1
    where entries.publication_id = {{ publication_id() }}
        and entries.balance_after is not null

),

arrivals as (

    select {{ day | join(', ') }}, balance_after as balance, count(*) as steps, min(transaction_id) as first_id
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

)

select
    {{ publication_id() }} as publication_id,
    {{ day | join(', ') }},
    balance,
    first_id,
    count(*) over (partition by {{ day | join(', ') }}) as candidate_count
from ends
where is_end or not day_has_end
union all
select
    {{ publication_id() }} as publication_id,
    {{ day | join(', ') }},
    only_balance as balance,
    only_id as first_id,
    1 as candidate_count
from stated_days
where step_count = 1
