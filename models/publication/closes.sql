-- The closes and reopenings of months that this build took into account for the first time, as they are in their seed.
select
    {{ publication_id() }} as publication_id,
    closes.month,
    closes.event,
    closes.closed_at,
    closes.closed_at_utc,
    closes.closed_by,
    closes.reason
from {{ ref('stg_period_closes') }} as closes
left join {{ ref('earlier_closes') }} as earlier
    on {{ same(['month', 'event', 'closed_at'], 'closes', 'earlier') }}
where earlier.month is null
