-- When each feed delivered last, and the calendar and time zone by which its next delivery is due. A file counts as
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

)

select
    feeds.feed,
    feeds.delivery_calendar,
    feeds.time_zone,
    max(files.landed_at) as last_landed_at
from feeds
left join files
    on feeds.feed = files.feed
group by feeds.feed, feeds.delivery_calendar, feeds.time_zone
