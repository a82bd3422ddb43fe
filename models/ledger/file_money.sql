-- Money in is money out: what amounts and stated balances of each file that is written as a whole add up to by currency
-- as they were delivered (read from the text by the contract's words, not by the staging model), and what this build
-- wrote of them. A sum of balances says nothing by itself; here it is a checksum.
with

passed as (

    select file_id from {{ ref('int_file_scopes') }}
    where publication_id = {{ publication_id() }}
        and is_whole

),

delivered as (

    select
        claims.file_id,
        claims.delivered_currency as currency,
        sum(claims.delivered_amount) as amount,
        sum(claims.delivered_balance) as balances
    from {{ ref('int_claims') }} as claims
    inner join passed
        on claims.file_id = passed.file_id
    where claims.publication_id = {{ publication_id() }}
        and (claims.delivered_amount is not null or claims.delivered_balance is not null)
    group by claims.file_id, claims.delivered_currency

),

accepted as (

    select
        file_id,
        currency,
        sum(amount) as amount,
        sum(balance_after) as balances
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
        and file_id in (select passed.file_id from passed)
    group by file_id, currency

),

set_aside as (

    select
        file_id,
        coalesce(currency, '') as currency,
        sum(amount) as amount,
        sum(balance_after) as balances
    from {{ ref('set_aside_rows') }}
    where publication_id = {{ publication_id() }}
        and file_id in (select passed.file_id from passed)
        and (amount is not null or balance_after is not null)
    group by file_id, coalesce(currency, '')

),

every_sum as (

    select
        file_id,
        currency,
        amount as amount_delivered,
        0 as amount_accepted,
        0 as amount_set_aside,
        balances as balances_delivered,
        0 as balances_accepted,
        0 as balances_set_aside
    from delivered
    union all
    select
        file_id,
        currency,
        0 as amount_delivered,
        amount as amount_accepted,
        0 as amount_set_aside,
        0 as balances_delivered,
        balances as balances_accepted,
        0 as balances_set_aside
    from accepted
    union all
    select
        file_id,
        currency,
        0 as amount_delivered,
        0 as amount_accepted,
        amount as amount_set_aside,
        0 as balances_delivered,
        0 as balances_accepted,
        balances as balances_set_aside
    from set_aside

)

select
    {{ publication_id() }} as publication_id,
    file_id,
    currency,
    cast(coalesce(sum(amount_delivered), 0) as decimal(38, 4)) as amount_delivered,
    cast(coalesce(sum(amount_accepted), 0) as decimal(38, 4)) as amount_accepted,
    cast(coalesce(sum(amount_set_aside), 0) as decimal(38, 4)) as amount_set_aside,
    cast(coalesce(sum(balances_delivered), 0) as decimal(38, 4)) as balances_delivered,
    cast(coalesce(sum(balances_accepted), 0) as decimal(38, 4)) as balances_accepted,
    cast(coalesce(sum(balances_set_aside), 0) as decimal(38, 4)) as balances_set_aside
from every_sum
group by file_id, currency
