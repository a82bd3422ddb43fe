-- Every published version of each month-end balance, from when to when it stood, and why it came. One without a balance
-- ends a month that is reported no more.
with

replacing as (
    {{ replacing_versions(ref('month_end_versions'), ref('publications')) }}
),

-- A feed whose month-ends were all published anew superseded all its versions.
feeds as (

    select
        feeds.publication_id,
        feeds.feed,
        feeds.cause,
        min(case when feeds.is_republished then publications.publication_number end) over after_it
            as republished_by_number,
        min(case when feeds.is_republished then publications.published_at end) over after_it as republished_at
    from {{ ref('publication_feeds') }} as feeds
    inner join {{ ref('publications') }} as publications
        on feeds.publication_id = publications.publication_id
    window after_it as (
        partition by feeds.feed order by publications.publication_number
        rows between 1 following and unbounded following
    )

)

select
    versions.feed,
    versions.account_id,
    versions.currency,
    versions.month,
    versions.version,
    publications.publication_number,
    publications.published_at,
    case
        when replacing.previous_publication_id is not null then replacing.publication_number
        when not versions.is_gone then feeds.republished_by_number
    end as superseded_by_number,
    case
        when replacing.previous_publication_id is not null then replacing.published_at
        when not versions.is_gone then feeds.republished_at
    end as superseded_at,
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
left join feeds
    on {{ same(['publication_id', 'feed'], 'versions', 'feeds') }}
