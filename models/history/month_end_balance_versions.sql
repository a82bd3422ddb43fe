-- Every published version of each month-end balance, and from when to when it stood. One without a balance ends a month that is
-- reported no more.
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
    versions.publication_id
from {{ ref('month_end_versions') }} as versions
inner join {{ ref('publications') }} as publications
    on versions.publication_id = publications.publication_id
window by_month as (
    partition by versions.feed, versions.account_id, versions.currency, versions.month order by publications.publication_number
)
