-- The publication that knew a month of a feed complete first: a file had landed after its end.
select
    months.feed,
    months.month,
    min(publications.publication_number) as reported_by_number,
    min(publications.published_at) as reported_at
from (
    select distinct
        versions.feed,
        versions.month
    from {{ ref('month_end_versions') }} as versions
    where versions.publication_id in (select published.publication_id from {{ ref('publications') }} as published)
) as months
inner join {{ ref('publication_feeds') }} as feeds
    on months.feed = feeds.feed
        and feeds.known_on >= cast(months.month + interval '1' month as date)
inner join {{ ref('publications') }} as publications
    on feeds.publication_id = publications.publication_id
group by months.feed, months.month
