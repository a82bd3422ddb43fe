with

runs as (

    select * from {{ ref('int_runs') }}
    where kind = 'file'

),

-- Nothing is known of the time after the lake's last commit.
latest as (

    select max(known_at) as known_at from runs

),

deliveries as (
    {% for feed in var('feeds') %}
    {%- set terms = contract(feed).meta %}
    select
        runs.feed,
        runs.run_id,
        runs.known_at,
        cast({{ sql_text(terms.delivery_calendar) }} as varchar) as delivery_calendar,
        {{ local_date('runs.known_at', terms.time_zone) }} as delivered_on,
        {{ local_date('latest.known_at', terms.time_zone) }} as latest_on
    from runs
    cross join latest
    where runs.feed = {{ sql_text(feed) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbered as (

    select
        *,
        {{ delivery_period('delivery_calendar', 'delivered_on') }} as period,
        {{ delivery_period('delivery_calendar', 'latest_on') }} as latest_period
    from deliveries

),

-- A period in which several files came is delivered by the first one, and the next one waited for after the last.
periods as (

    select
        feed,
        delivery_calendar,
        period,
        latest_period,
        min_by(run_id, known_at) as first_run_id,
        min(known_at) as first_known_at,
        max_by(run_id, known_at) as last_run_id,
        max(known_at) as last_known_at
    from numbered
    group by feed, delivery_calendar, period, latest_period

),

in_order as (

    select
        *,
        lead(period) over (by_feed) as next_period,
        lead(first_run_id) over (by_feed) as next_run_id,
        lead(first_known_at) over (by_feed) as next_known_at
    from periods
    window by_feed as (partition by feed order by period)

),

-- The period of the last commit is still running.
gaps as (

    select
        *,
        coalesce(next_period, latest_period) as end_period
    from in_order
    where coalesce(next_period, latest_period) - period > 1

)

select
    feed,
    delivery_calendar,
    {{ delivery_period_start('delivery_calendar', 'period + 1') }} as missing_from,
    cast({{ dbt.dateadd('day', -1, delivery_period_start('delivery_calendar', 'end_period')) }} as date) as missing_to,
    end_period - period - 1 as periods_missing,
    last_run_id as run_id_before,
    last_known_at as known_at_before,
    next_run_id as run_id_after,
    next_known_at as known_at_after
from gaps
