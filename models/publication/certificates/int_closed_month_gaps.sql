-- Per month to be certified: how many stretches of its days had no delivery when it was closed, by the calendars of the
-- contracts.
with

-- Of a close that lies ahead nothing is known of the time after the lake's last file.
deliveries as (

    select
        closed_months.month,
        cast(closed_months.month + interval '1' month as date) as month_end,
        files.feed,
        feeds.delivery_calendar,
        {{ local_date_in('files.landed_at', 'feeds.time_zone') }} as delivered_on,
        {{ local_date_in(
            'case when closed_months.is_provisional then max(files.landed_at) over (partition by closed_months.month)'
            ~ ' else closed_months.closed_at end',
            'feeds.time_zone'
        ) }} as known_on
    from {{ ref('stg_files') }} as files
    inner join {{ ref('int_feeds') }} as feeds
        on files.feed = feeds.feed
            and feeds.publication_id = {{ publication_id() }}
    inner join {{ ref('int_closed_months') }} as closed_months
        on files.landed_at <= closed_months.closed_at
            and closed_months.publication_id = {{ publication_id() }}
            and closed_months.is_certified_anew

),

periods as (

    select distinct
        month,
        month_end,
        feed,
        delivery_calendar,
        {{ delivery_period('delivery_calendar', 'delivered_on') }} as period,
        {{ delivery_period('delivery_calendar', 'known_on') }} as last_period
    from deliveries

),

-- The last period is still running.
stretches as (

    select
        *,
        coalesce(lead(period) over (partition by month, feed order by period), last_period) as next_period
    from periods

)

select
    month,
    count(*) as gap_count
from stretches
where next_period - period > 1
    and {{ delivery_period_start('delivery_calendar', 'period + 1') }} < month_end
    and {{ delivery_period_start('delivery_calendar', 'next_period') }} > month
group by month
