-- The published month-end balances: of each account-month the version that no later one has replaced. A month is
-- provisional until a file of its feed has landed after its end.
with

feeds as (

    select
        feeds.feed,
        max_by(feeds.known_on, publications.publication_number) as known_on
    from {{ ref('publication_feeds') }} as feeds
    inner join {{ ref('publications') }} as publications
        on feeds.publication_id = publications.publication_id
    group by feeds.feed

),

versions as (
    {{ last_versions(ref('month_end_versions'), ref('publications'), ref('publication_feeds')) }}
)

select
    versions.feed,
    versions.account_id,
    versions.currency,
    versions.month,
    versions.opening_balance,
    versions.movement,
    versions.break_amount,
    versions.balance,
    versions.entry_count,
    versions.basis,
    versions.is_proven,
    coalesce(feeds.known_on < cast(versions.month + interval '1' month as date), true) as is_provisional,
    versions.publication_id
from versions
inner join feeds
    on versions.feed = feeds.feed
