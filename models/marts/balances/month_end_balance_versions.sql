select
    feed,
    account_id,
    currency,
    month,
    row_number() over (by_month) as version,
    known_from,
    lead(known_from) over (by_month) as known_to,
    balance,
    basis,
    is_proven,
    run_id
from {{ ref('int_month_end_balance_versions') }}
window by_month as (partition by feed, account_id, currency, month order by known_from)
