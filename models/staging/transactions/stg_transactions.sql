with

delivered as (
    {{ delivered_rows('transactions') }}
),

checked as (
    {{ checked_rows('transactions', 'delivered') }}
),

typed as (

    select
        *,
        {{ to_utc_timestamp('transaction_timestamp', contract('transactions').meta.time_zone) }} as booked_at
    from checked

),

renamed as (

    select
        -- ids
        'transactions' as feed,
        {{ business_key('transactions') }} as business_key,
        transaction_id,
        customer_id as account_id,

        -- money
        {{ to_decimal('transaction_amount') }} as amount,
        currency,

        -- times
        booked_at,
        {{ booking_day('transaction_timestamp', 'booked_at') }} as booking_date,

        -- the bank states no balance
        cast(null as decimal(24, 4)) as balance_after,

        {{ provenance_columns() }}
    from typed

)

select * from renamed
