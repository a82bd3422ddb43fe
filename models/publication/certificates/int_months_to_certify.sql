-- The closed months whose certificate this build works out, and up to which publication each close knew. A certificate
-- is worked out for a close without one, where a month end of the month or the close of the month before changes, and
-- where the close lies ahead, so that it knows this publication too. Such a certificate is provisional, and worked out
-- once more when the close has passed.
with

events as (

    select
        closes.*,
        row_number() over (partition by closes.month order by closes.closed_at_utc desc) as recency
    from {{ ref('closes') }} as closes
    inner join {{ ref('int_publications_so_far') }} as publications
        on closes.publication_id = publications.publication_id

),

closed_months as (

    select
        events.month,
        events.closed_at_utc as closed_at,
        events.closed_by,
        coalesce(max(publications.publication_number), 0) as closed_on_number,
        coalesce(bool_or(publications.publication_id = {{ publication_id() }}), false) as is_provisional
    from events
    left join {{ ref('int_publications_so_far') }} as publications
        on events.closed_at_utc >= publications.published_at
    where events.recency = 1
        and events.event = 'close'
    group by events.month, events.closed_at_utc, events.closed_by

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
    {{ publication_id() }} as publication_id,
    closed_months.*,
    before.closed_on_number as before_closed_on_number
from closed_months
left join closed_months as before
    on before.month = cast(closed_months.month - interval '1' month as date)
left join {{ ref('earlier_certificates') }} as certificates
    on {{ same(['month', 'closed_at'], 'closed_months', 'certificates') }}
left join changed_months
    on closed_months.month = changed_months.month
where certificates.month is null
    or certificates.is_provisional
    or closed_months.is_provisional
    or changed_months.month is not null
