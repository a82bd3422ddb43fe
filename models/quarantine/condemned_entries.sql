with

set_aside as (
    {{ published_rows('condemned') }}
)

select
    feed,
    business_key,
    rejection_reasons,
    rejection_details,
    raw_record,
    transaction_id,
    account_id,
    amount,
    currency,
    booked_at,
    booking_date,
    balance_after,
    row_hash,
    run_id,
    row_number,
    line_number,
    ingest_date,
    known_at
from set_aside
