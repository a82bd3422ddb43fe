with

versions as (

    select * from {{ ref('month_end_balance_versions') }}

),

closed_months as (

    select * from {{ ref('closed_months') }}

)

select
    versions.feed,
    versions.account_id,
    versions.currency,
    versions.month,
    versions.balance,
    versions.basis,
    versions.is_proven,
    versions.version,
    versions.known_from,
    versions.run_id,
    closed_months.closed_at,
    closed_months.closed_by
from versions
inner join closed_months
    on versions.month = closed_months.month
        and {{ stood_at('versions', 'closed_months.closed_at') }}
