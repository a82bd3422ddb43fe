-- Where the rows of each published file are: delivered = malformed + accepted + quarantined + condemned + duplicate +
-- passed over.
select
    file_id,
    feed,
    file_name,
    delivery_number,
    landed_at,
    published_at,
    decision,
    rows_delivered,
    rows_malformed,
    rows_accepted,
    rows_quarantined,
    rows_condemned,
    rows_duplicate,
    rows_passed_over,
    publication_id
from (
    select
        *,
        row_number() over (partition by file_id order by publication_number desc) as recency
    from {{ ref('published_files') }}
) as evaluations
where recency = 1
