with

accepted as (
    {{ published_rows('accepted') }}
)

select
    -- ids
    feed,
    business_key,
    transaction_id,
    account_id,

    -- money
    amount,
    currency,
    balance_after,

    -- times
    booked_at,
    booking_date,
    {{ month_of('booking_date') }} as booking_month,
    known_at,

    -- provenance
    row_hash,
    run_id,
    row_number,
    origin_run_id,
    origin_row_number,
    line_number,
    ingest_date
from accepted
where {{ contract_value('feed', 'kind', 'varchar') }} = 'entries'
