-- Where the bank states the balances of a month's last day with entries, the month ends on one of them.
select feed, account_id, currency, month, balance, basis
from {{ ref('int_audited_months') }}
where publication_id = {{ publication_id() }}
    and is_stated_by_bank
    and is_a_stated_balance is distinct from true
