-- Every published version of each month-end balance, from when to when it stood, and why it came. One without a balance
-- ends a month that is reported no more.
with

-- Few versions replace another one.
replacing as (

    select
        versions.feed,
        versions.account_id,
        versions.currency,
        versions.month,
        versions.previous_publication_id,
        publications.publication_number,
        publications.published_at
    from {{ ref('month_end_versions') }} as versions
    inner join {{ ref('publications') }} as publications
        on versions.publication_id = publications.publication_id
    where versions.previous_publication_id is not null

)

select
    versions.feed,
    versions.account_id,
    versions.currency,
    versions.month,
    versions.version,
    publications.publication_number,
    publications.published_at,
    replacing.publication_number as superseded_by_number,
    replacing.published_at as superseded_at,
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
left join replacing
    on {{ same(['feed', 'account_id', 'currency', 'month'], 'versions', 'replacing') }}
        and versions.publication_id = replacing.previous_publication_id
left join {{ ref('publication_feeds') }} as feeds
    on {{ same(['publication_id', 'feed'], 'versions', 'feeds') }}
