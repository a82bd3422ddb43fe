-- Every published version of each closed month's certificate. One is superseded by the next version, or where its month
-- is reopened or closed once more.
with

numbered as (

    select
        certificates.*,
        publications.publication_number,
        publications.published_at,
        row_number() over (by_month) as version,
        lead(publications.publication_number) over (by_month) as next_number
    from {{ ref('close_certificates') }} as certificates
    inner join {{ ref('publications') }} as publications
        on certificates.publication_id = publications.publication_id
    window by_month as (partition by certificates.month order by publications.publication_number)

),

later_events as (

    select
        numbered.month,
        numbered.version,
        min(publications.publication_number) as event_number
    from numbered
    inner join {{ ref('closes') }} as closes
        on numbered.month = closes.month
            and numbered.closed_at < closes.closed_at_utc
    inner join {{ ref('publications') }} as publications
        on closes.publication_id = publications.publication_id
    group by numbered.month, numbered.version

)

select
    numbered.*,
    superseding.publication_number as superseded_by_number,
    superseding.published_at as superseded_at
from numbered
left join later_events
    on {{ same(['month', 'version'], 'numbered', 'later_events') }}
left join {{ ref('publications') }} as superseding
    on superseding.publication_number
        = least(
            coalesce(numbered.next_number, later_events.event_number),
            coalesce(later_events.event_number, numbered.next_number)
        )
