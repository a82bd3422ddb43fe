-- The publication that knew a month of a feed complete first: a file had landed after its end.
select
    months.feed,
    months.month,
    min(publications.publication_number) as reported_by_number,
    min(publications.published_at) as reported_at
from (
    select distinct
        feed,
        month
    from {{ ref('month_end_versions') }}
) as months
inner join {{ ref('publication_feeds') }} as feeds
    on months.feed = feeds.feed
        and feeds.known_on >= cast(months.month + interval '1' month as date)
inner join {{ ref('publications') }} as publications
    on feeds.publication_id = publications.publication_id
group by months.feed, months.month
