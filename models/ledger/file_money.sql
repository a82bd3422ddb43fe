-- Money in is money out: what the rows of each file that is written as a whole add up to by currency as they were
-- delivered (read from the text by the contract's words, not by the staging model), and what this build wrote of them.
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
        sum(claims.delivered_amount) as amount
    from {{ ref('int_claims') }} as claims
    inner join passed
        on claims.file_id = passed.file_id
    where claims.publication_id = {{ publication_id() }}
        and claims.delivered_amount is not null
    group by claims.file_id, claims.delivered_currency

),

accepted as (

    select
        file_id,
        currency,
        sum(amount) as amount
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
        and file_id in (select passed.file_id from passed)
    group by file_id, currency

),

set_aside as (

    select
        file_id,
        coalesce(currency, '') as currency,
        sum(amount) as amount
    from {{ ref('set_aside_rows') }}
    where publication_id = {{ publication_id() }}
        and file_id in (select passed.file_id from passed)
        and amount is not null
    group by file_id, coalesce(currency, '')

),

every_sum as (

    select
        file_id,
        currency,
        amount as delivered,
        0 as accepted,
        0 as set_aside
    from delivered
    union all
    select
        file_id,
        currency,
        0 as delivered,
        amount as accepted,
        0 as set_aside
    from accepted
    union all
    select
        file_id,
        currency,
        0 as delivered,
        0 as accepted,
        amount as set_aside
    from set_aside

)

select
    {{ publication_id() }} as publication_id,
    file_id,
    currency,
    cast(sum(delivered) as decimal(38, 4)) as amount_delivered,
    cast(sum(accepted) as decimal(38, 4)) as amount_accepted,
    cast(sum(set_aside) as decimal(38, 4)) as amount_set_aside
from every_sum
group by file_id, currency
