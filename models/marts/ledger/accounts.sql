{{ config(materialized='view') }}

with

records as (

    select
        *,
        lag(row_hash) over (partition by account_id order by known_at, run_id) as previous_hash,
        row_number() over (partition by account_id order by known_at desc, run_id desc) as recency
    from {{ ref('account_records') }}

),

-- Each delivery states every account again; what counts is when it last said something else.
latest as (

    select
        *,
        max(case when row_hash is distinct from previous_hash then known_at end) over (
            partition by account_id
        ) as changed_at
    from records

)

select
    account_id,
    currency,
    opened_on,
    closed_on,
    status,
    changed_at,
    known_at,
    run_id
from latest
where recency = 1
