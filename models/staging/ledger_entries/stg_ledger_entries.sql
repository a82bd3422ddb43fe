with

delivered as (
    {{ delivered_rows('ledger_entries') }}
),

checked as (
    {{ checked_rows('ledger_entries', 'delivered') }}
),

typed as (

    select
        *,
        {{ to_utc_timestamp('tx_date', contract('ledger_entries').meta.time_zone) }} as booked_at
    from checked

),

renamed as (

    select
        -- ids
        'ledger_entries' as feed,
        {{ business_key('ledger_entries') }} as business_key,
        entry_id as transaction_id,
        account_id,

        -- money
        {{ to_decimal('amount') }} as amount,
        {{ sql_text(contract('ledger_entries').meta.currency) }} as currency,

        -- times
        booked_at,
        {{ booking_day('tx_date', 'booked_at') }} as booking_date,

        -- stated by the bank
        {{ to_decimal('new_balance') }} as balance_after,

        {{ provenance_columns() }}
    from typed

)

select * from renamed
