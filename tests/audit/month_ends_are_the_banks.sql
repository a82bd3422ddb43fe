-- Where the bank states the balances of a month's last day with entries, the month ends on one of them.
select
    feed,
    account_id,
    currency,
    month,
    balance,
    basis
from {{ ref('int_month_end_faults') }}
where publication_id = {{ publication_id() }}
    and not is_the_banks
