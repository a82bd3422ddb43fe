-- Where the bank states the balances of a month's last day with entries, the month ends on one of them.
select
    feed,
    account_id,
    currency,
    month,
    balance,
    lowest_stated_balance,
    highest_stated_balance
from {{ ref('int_month_ends_not_the_banks') }}
where publication_id = {{ publication_id() }}
