with

delivered as (
    {{ delivered_rows('berka_transactions') }}
),

checked as (
    {{ checked_rows('berka_transactions', 'delivered') }}
),

typed as (

    select
        *,
        {{ to_date('booking_date', column_of('berka_transactions', 'booking_date')) }} as booked_on,
        {{ to_decimal('amount', unsigned=true) }} as unsigned_amount
    from checked

),

renamed as (

    select
        -- ids
        'berka_transactions' as feed,
        {{ business_key('berka_transactions') }} as business_key,
        trans_id as transaction_id,
        account_id,

        -- money
        case
            when type = 'PRIJEM' then unsigned_amount
            when type in ('VYDAJ', 'VYBER') then -unsigned_amount
        end as amount,
        {{ sql_text(contract('berka_transactions').meta.currency) }} as currency,

        -- the bank books days, not instants
        cast(booked_on as timestamp(6)) as booked_at,
        booked_on as booking_date,

        -- stated by the bank
        {{ to_decimal('balance') }} as balance_after,

        {{ provenance_columns() }}
    from typed

)

select * from renamed
