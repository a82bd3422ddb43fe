-- The months that are closed if this build publishes, up to which publication each close knew, and whether its
-- certificate has to be worked out: for a close without one, where a month-end of the month or the close before
-- changes, and where the close lies ahead, so that it knows this publication too. Such a certificate is provisional,
-- and worked out once more when the close has passed.
with

events as (

    select
        month,
        event,
        closed_at_utc as closed_at,
        closed_by
    from {{ ref('earlier_closes') }}
    union all
    select
        month,
        event,
        closed_at_utc,
        closed_by
    from {{ ref('closes') }}
    where publication_id = {{ publication_id() }}

),

last_events as (

    select *
    from (
        select
            *,
            row_number() over (partition by month order by closed_at desc) as recency
        from events
    ) as in_order
    where recency = 1

),

known as (

    select
        publication_number,
        published_at
    from {{ ref('earlier_publications') }}
    union all
    select
        this_build.publication_number,
        {{ published_at('this_build') }}
    from {{ ref('int_this_build') }} as this_build
    where this_build.publication_id = {{ publication_id() }}

),

closed_months as (

    select
        last_events.month,
        last_events.closed_at,
        last_events.closed_by,
        coalesce(max(known.publication_number), 0) as closed_on_number
    from last_events
    left join known
        on last_events.closed_at >= known.published_at
    where last_events.event = 'close'
    group by last_events.month, last_events.closed_at, last_events.closed_by

),

-- A certificate compares its month's opening with what the month before was closed on.
changed_months as (

    select month from {{ ref('month_end_versions') }}
    where publication_id = {{ publication_id() }}
    union
    select cast(month + interval '1' month as date) from {{ ref('closes') }}
    where publication_id = {{ publication_id() }}

)

select
    this_build.publication_id,
    closed_months.month,
    closed_months.closed_at,
    cast(closed_months.closed_by as varchar) as closed_by,
    cast(closed_months.closed_on_number as bigint) as closed_on_number,
    cast(before.closed_on_number as bigint) as before_closed_on_number,
    closed_months.closed_on_number = this_build.publication_number as is_provisional,
    certificates.month is null
    or certificates.is_provisional
    or changed_months.month is not null
    or closed_months.closed_on_number = this_build.publication_number as is_certified_anew
from closed_months
inner join {{ ref('int_this_build') }} as this_build
    on this_build.publication_id = {{ publication_id() }}
left join closed_months as before
    on before.month = cast(closed_months.month - interval '1' month as date)
left join {{ ref('earlier_certificates') }} as certificates
    on {{ same(['month', 'closed_at'], 'closed_months', 'certificates') }}
left join changed_months
    on closed_months.month = changed_months.month
