with

checked as (
    {{ checked_rows('open_collective') }}
)

select
    feed,
    business_key,
    transaction_id,
    account_id,
    amount,
    currency,
    balance_after,
    booked_at,
    booking_date,
    {{ provenance_columns() }}
from checked
