-- The published certificates: of each close its last version.
select *
from (
    select
        certificates.*,
        row_number() over (
            partition by certificates.month, certificates.closed_at order by publications.publication_number desc
        ) as recency
    from {{ earlier('close_certificates') }} as certificates
    inner join {{ ref('earlier_publications') }} as publications
        on certificates.publication_id = publications.publication_id
) as versions
where recency = 1
