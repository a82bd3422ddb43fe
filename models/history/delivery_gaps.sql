-- The stretches of periods in which a feed delivered nothing, by its calendar and its time zone. A file counts as
-- delivered, whatever became of it, from the publication on that looked at it first.
with

feeds as (

    select
        feeds.feed,
        max_by(feeds.time_zone, publications.publication_number) as time_zone,
        max_by(feeds.delivery_calendar, publications.publication_number) as delivery_calendar
    from {{ ref('publication_feeds') }} as feeds
    inner join {{ ref('publications') }} as publications
        on feeds.publication_id = publications.publication_id
    group by feeds.feed

),

-- A loader's clock may be ahead of the publication.
files as (

    select
        files.feed,
        files.file_id,
        min(least(files.landed_at, publications.published_at)) as landed_at
    from {{ ref('file_evaluations') }} as files
    inner join {{ ref('publications') }} as publications
        on files.publication_id = publications.publication_id
    group by files.feed, files.file_id

),

-- Nothing is known of the time after the last file of all feeds.
deliveries as (

    select
        files.*,
        feeds.delivery_calendar,
        {{ local_date_in('files.landed_at', 'feeds.time_zone') }} as delivered_on,
        {{ local_date_in('max(files.landed_at) over ()', 'feeds.time_zone') }} as known_on
    from files
    inner join feeds
        on files.feed = feeds.feed

),

numbered as (

    select
        *,
        {{ delivery_period('delivery_calendar', 'delivered_on') }} as period,
        {{ delivery_period('delivery_calendar', 'known_on') }} as last_period
    from deliveries

),

-- A period in which several files came is delivered by the first one, and the next one is waited for after the last.
periods as (

    select
        feed,
        delivery_calendar,
        period,
        last_period,
        min_by(file_id, landed_at) as first_file_id,
        min(landed_at) as first_landed_at,
        max_by(file_id, landed_at) as last_file_id,
        max(landed_at) as last_landed_at
    from numbered
    group by feed, delivery_calendar, period, last_period

),

in_order as (

    select
        *,
        lead(period) over (by_feed) as next_period,
        lead(first_file_id) over (by_feed) as next_file_id,
        lead(first_landed_at) over (by_feed) as next_landed_at
    from periods
    window by_feed as (partition by feed order by period)

),

-- The last period is still running.
gaps as (

    select
        *,
        coalesce(next_period, last_period) as end_period
    from in_order
    where coalesce(next_period, last_period) - period > 1

)

select
    feed,
    delivery_calendar,
    {{ delivery_period_start('delivery_calendar', 'period + 1') }} as missing_from,
    cast({{ dbt.dateadd('day', -1, delivery_period_start('delivery_calendar', 'end_period')) }} as date) as missing_to,
    end_period - period - 1 as periods_missing,
    last_file_id as file_id_before,
    last_landed_at as landed_at_before,
    next_file_id as file_id_after,
    next_landed_at as landed_at_after
from gaps
