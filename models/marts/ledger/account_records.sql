with

accepted as (
    {{ published_rows('accepted') }}
),

accounts as (

    select * from {{ ref('stg_accounts') }}
    {% if is_incremental() -%}
    where {{ is_open_run(feed='accounts', partitioned=true) }}
    {%- endif %}

)

select
    accounts.account_id,
    accounts.currency,
    accounts.opened_on,
    accounts.closed_on,
    accounts.status,
    accepted.known_at,
    accounts.row_hash,
    accounts.run_id,
    accounts.row_number,
    accounts.line_number,
    accounts.ingest_date
from accepted
inner join accounts
    on accepted.run_id = accounts.run_id
        and accepted.row_number = accounts.row_number
where accepted.feed = 'accounts'
