-- The months whose last published event is a close are those in closed_months.
{{ config(tags=['after_commit']) }}
with

last_events as (

    select
        closes.month,
        max_by(closes.event, closes.closed_at_utc) as event
    from {{ ref('closes') }} as closes
    inner join {{ ref('publications') }} as publications
        on closes.publication_id = publications.publication_id
    group by closes.month

)

select
    coalesce(last_events.month, shown.month) as month,
    last_events.event,
    shown.closed_at
from last_events
full outer join {{ ref('closed_months') }} as shown
    on last_events.month = shown.month
where (coalesce(last_events.event, '') = 'close') <> (shown.month is not null)
