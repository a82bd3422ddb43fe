-- Every published version of each month-end balance, from when to when it stood, and why it came. One without a balance
-- ends a month that is reported no more.
select
    versions.feed,
    versions.account_id,
    versions.currency,
    versions.month,
    row_number() over (by_month) as version,
    publications.publication_number,
    publications.published_at,
    lead(publications.publication_number) over (by_month) as superseded_by_number,
    lead(publications.published_at) over (by_month) as superseded_at,
    versions.opening_balance,
    versions.movement,
    versions.break_amount,
    versions.balance,
    versions.entry_count,
    versions.basis,
    versions.is_proven,
    versions.is_gone,
    feeds.cause,
    versions.publication_id
from {{ ref('month_end_versions') }} as versions
inner join {{ ref('publications') }} as publications
    on versions.publication_id = publications.publication_id
left join {{ ref('publication_feeds') }} as feeds
    on {{ same(['publication_id', 'feed'], 'versions', 'feeds') }}
window by_month as (
    partition by versions.feed, versions.account_id, versions.currency, versions.month
    order by publications.publication_number
)
