with

checked as (
    {{ checked_rows('revolut') }}
)

select
    feed,
    business_key,
    business_key as transaction_id,
    account_id,
    amount,
    currency,
    balance_after,
    booked_at,
    booking_date,
    {{ provenance_columns() }}
from checked
