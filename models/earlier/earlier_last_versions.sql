-- The last version of each account-month that earlier publications published: the one that no later one has replaced.
with

-- Few versions replace another one.
replacing as (

    select
        versions.feed,
        versions.account_id,
        versions.currency,
        versions.month,
        versions.previous_publication_id
    from {{ earlier('month_end_versions') }} as versions
    inner join {{ ref('earlier_publications') }} as publications
        on versions.publication_id = publications.publication_id
    where versions.previous_publication_id is not null

)

select versions.*
from {{ earlier('month_end_versions') }} as versions
inner join {{ ref('earlier_publications') }} as publications
    on versions.publication_id = publications.publication_id
left join replacing
    on {{ same(['feed', 'account_id', 'currency', 'month'], 'versions', 'replacing') }}
        and versions.publication_id = replacing.previous_publication_id
where replacing.previous_publication_id is null
