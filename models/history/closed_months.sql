-- The months that are closed: the last event of each month counts.
with

events as (

    select
        closes.*,
        row_number() over (partition by closes.month order by closes.closed_at_utc desc) as recency
    from {{ ref('closes') }} as closes
    inner join {{ ref('publications') }} as publications
        on closes.publication_id = publications.publication_id

)

select
    events.month,
    events.closed_at_utc as closed_at,
    events.closed_by,
    events.reason,
    -- What the close knew: everything that was published by then.
    coalesce(max(publications.publication_number), 0) as closed_on_number
from events
left join {{ ref('publications') }} as publications
    on events.closed_at_utc >= publications.published_at
where events.recency = 1
    and events.event = 'close'
group by events.month, events.closed_at_utc, events.closed_by, events.reason
