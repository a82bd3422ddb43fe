-- The code by which each feed was evaluated and closed last.
select
    publication_feeds.feed,
    max_by(publication_feeds.evaluation_hash, publications.publication_number) as evaluation_hash,
    max_by(publication_feeds.balances_hash, publications.publication_number) as balances_hash
from {{ earlier('publication_feeds') }} as publication_feeds
inner join {{ ref('earlier_publications') }} as publications
    on publication_feeds.publication_id = publications.publication_id
group by publication_feeds.feed
