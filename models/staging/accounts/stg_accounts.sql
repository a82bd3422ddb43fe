with

delivered as (
    {{ delivered_rows('accounts') }}
),

checked as (
    {{ checked_rows('accounts', 'delivered') }}
),

renamed as (

    select
        -- ids
        'accounts' as feed,
        {{ business_key('accounts') }} as business_key,
        cast(null as varchar) as transaction_id,
        account as account_id,

        -- reference data moves no money
        cast(null as decimal(24, 4)) as amount,
        currency,
        cast(null as timestamp(6)) as booked_at,
        cast(null as date) as booking_date,
        cast(null as decimal(24, 4)) as balance_after,

        -- the account
        {{ to_date('opened', column_of('accounts', 'opened')) }} as opened_on,
        {{ to_date('closed', column_of('accounts', 'closed')) }} as closed_on,
        status,

        {{ provenance_columns() }}
    from checked

)

select * from renamed
