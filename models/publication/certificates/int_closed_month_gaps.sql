-- Per month to be certified what was missing when it was closed: how many stretches of its days had no delivery, by the
-- calendars of the contracts, and which feeds of entries had delivered and had no balance of the month.
with

closed_months as (
    {{ rows_of(ref('int_months_to_certify')) }}
),

-- Of a close that lies ahead nothing is known of the time after the lake's last file.
deliveries as (

    select
        closed_months.month,
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
    inner join closed_months
        on files.landed_at <= closed_months.closed_at

),

periods as (

    select distinct
        month,
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

),

gaps as (

    select
        month,
        count(*) as gap_count
    from stretches
    where next_period - period > 1
        and {{ delivery_period_start('delivery_calendar', 'period + 1') }} < month + interval '1' month
        and {{ delivery_period_start('delivery_calendar', 'next_period') }} > month
    group by month

),

not_reached as (

    select
        month,
        {{ dbt.listagg('feed', "', '", 'order by feed') }} as feeds_not_reached
    from (
        select
            files.month,
            files.feed
        from {{ ref('int_closed_files') }} as files
        inner join {{ ref('int_feeds') }} as feeds
            on {{ same(['feed', 'publication_id'], 'files', 'feeds') }}
        where files.publication_id = {{ publication_id() }}
            and files.is_known
            and feeds.kind = 'entries'
        except
        select
            month,
            feed
        from {{ ref('int_closed_balances') }}
        where publication_id = {{ publication_id() }}
            and version_id is not null
    ) as feeds
    group by month

)

select
    closed_months.month,
    gaps.gap_count,
    not_reached.feeds_not_reached
from closed_months
left join gaps
    on closed_months.month = gaps.month
left join not_reached
    on closed_months.month = not_reached.month
