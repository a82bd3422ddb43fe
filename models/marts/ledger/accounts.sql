{{ config(materialized='view') }}

with

records as (

    select
        *,
        row_number() over (partition by account_id order by known_at desc, run_id desc) as recency
    from {{ ref('account_records') }}

)

select
    account_id,
    currency,
    opened_on,
    closed_on,
    status,
    known_at,
    run_id
from records
where recency = 1
