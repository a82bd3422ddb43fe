-- What each publication did to each feed: the files that it published for the first time, added up, and the breaks that
-- no earlier publication had found.
with

files as (

    select
        publication_id,
        feed,
        count(*) as file_count,
        sum(rows_delivered) as rows_delivered,
        sum(rows_malformed) as rows_malformed,
        sum(rows_accepted) as rows_accepted,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_condemned) as rows_condemned,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_passed_over) as rows_passed_over,
        max(refused_percent) as refused_percent,
        max(volume_ratio) as volume_ratio
    from {{ ref('publication_files') }}
    group by publication_id, feed

),

-- A month that is published again has its breaks again.
found_breaks as (

    select
        breaks.publication_id,
        breaks.feed,
        breaks.kind,
        row_number() over (
            partition by
                breaks.feed, breaks.account_id, breaks.currency, breaks.booking_date, breaks.kind, breaks.break_amount
            order by publications.publication_number
        ) as occurrence
    from {{ ref('day_breaks') }} as breaks
    inner join {{ ref('publications') }} as publications
        on breaks.publication_id = publications.publication_id

),

breaks as (

    select
        publication_id,
        feed,
        count(*) as break_count,
        count(*) filter (where kind = 'movement_missing') as breaks_above_tolerance
    from found_breaks
    where occurrence = 1
    group by publication_id, feed

)

select
    feeds.publication_id,
    feeds.feed,
    coalesce(files.file_count, 0) as file_count,
    {% for name in [
        'delivered', 'malformed', 'accepted', 'quarantined', 'condemned', 'duplicate', 'passed_over',
    ] -%}
    cast(coalesce(files.rows_{{ name }}, 0) as bigint) as rows_{{ name }},
    {% endfor -%}
    files.refused_percent,
    files.volume_ratio,
    coalesce(breaks.break_count, 0) as break_count,
    coalesce(breaks.breaks_above_tolerance, 0) as breaks_above_tolerance
from {{ ref('publication_feeds') }} as feeds
inner join {{ ref('publications') }} as publications
    on feeds.publication_id = publications.publication_id
left join files
    on {{ same(['publication_id', 'feed'], 'feeds', 'files') }}
left join breaks
    on {{ same(['publication_id', 'feed'], 'feeds', 'breaks') }}
