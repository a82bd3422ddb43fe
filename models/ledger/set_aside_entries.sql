-- The published rows that are not in the ledger, with all reasons and the delivered text.
select
    set_aside.feed,
    set_aside.business_key,
    set_aside.transaction_id,
    set_aside.account_id,
    set_aside.amount,
    set_aside.currency,
    set_aside.balance_after,
    set_aside.booked_at,
    set_aside.booking_date,
    set_aside.landed_at,
    files.published_at,
    set_aside.status,
    set_aside.rejection_reasons,
    set_aside.rejection_details,
    set_aside.raw_record,
    set_aside.extra_fields,
    set_aside.attempt_count,
    set_aside.decision,
    set_aside.decided_at,
    set_aside.row_hash,
    set_aside.file_id,
    files.file_name,
    set_aside.row_number,
    set_aside.line_number,
    set_aside.ingest_date,
    set_aside.publication_id
from {{ ref('set_aside_rows') }} as set_aside
inner join {{ ref('published_files') }} as files
    on set_aside.publication_id = files.publication_id
        and set_aside.file_id = files.file_id
        and files.replaced_by_number is null
left join {{ ref('published_row_changes') }} as changes
    on set_aside.file_id = changes.file_id
        and set_aside.row_number = changes.row_number
        and files.publication_number < changes.publication_number
where changes.file_id is null
