-- The last version of each account-month that earlier publications published: the one that no later one has replaced.
with

versions as (

    select versions.*
    from {{ earlier('month_end_versions') }} as versions
    inner join {{ ref('earlier_publications') }} as publications
        on versions.publication_id = publications.publication_id

),

-- Few versions replace another one.
replacing as (

    select * from versions
    where previous_publication_id is not null

)

select versions.*
from versions
left join replacing
    on {{ same(['feed', 'account_id', 'currency', 'month'], 'versions', 'replacing') }}
        and versions.publication_id = replacing.previous_publication_id
where replacing.previous_publication_id is null
