with

checked as (
    {{ checked_rows('mbank') }}
)

select
    feed,
    business_key,
    business_key as transaction_id,
    -- the file writes the account in groups of digits
    replace(account_id, ' ', '') as account_id,
    amount,
    currency,
    balance_after,
    booked_at,
    booking_date,
    {{ provenance_columns() }}
from checked
