-- The published entries.
select
    -- ids
    entries.feed,
    entries.business_key,
    entries.transaction_id,
    entries.account_id,

    -- money
    entries.amount,
    entries.currency,
    entries.balance_after,

    -- times
    entries.booked_at,
    entries.booking_date,
    entries.booking_month,
    entries.landed_at,
    files.published_at,

    -- provenance
    entries.row_hash,
    entries.file_id,
    entries.row_number,
    entries.line_number,
    entries.ingest_date,
    entries.publication_id
from {{ ref('accepted_rows') }} as entries
inner join {{ ref('published_files') }} as files
    on entries.publication_id = files.publication_id
        and entries.file_id = files.file_id
        and files.replaced_by_number is null
left join {{ ref('published_row_changes') }} as changes
    on entries.file_id = changes.file_id
        and entries.row_number = changes.row_number
        and files.publication_number < changes.publication_number
where changes.file_id is null
