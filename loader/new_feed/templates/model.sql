with

checked as (
    {{ checked_rows('$feed') }}
)

select
    feed,
    business_key,
    $transaction_id,
    account_id,
    amount,
    currency,
    booked_at,
    booking_date,
    balance_after,
    {{ provenance_columns() }}
from checked
