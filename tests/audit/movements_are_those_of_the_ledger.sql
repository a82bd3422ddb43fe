-- The movement and the number of entries of each touched month are those of the accepted rows: what is published and what this build brings.
select feed, account_id, currency, coalesce(month, ledger_month) as month, movement, ledger_movement, entry_count, ledger_entry_count
from {{ ref('int_audited_months') }}
where publication_id = {{ publication_id() }}
    and coalesce(month, ledger_month) >= first_month
    and (
        month is not null
        and movement = coalesce(ledger_movement, 0)
        and entry_count = coalesce(ledger_entry_count, 0)
    ) is distinct from true
