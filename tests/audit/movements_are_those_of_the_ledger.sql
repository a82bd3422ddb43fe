-- The movement and the number of entries of each touched month are those of the accepted rows, published ones and new
-- ones.
select
    feed,
    account_id,
    currency,
    month,
    movement,
    ledger_movement,
    entry_count,
    ledger_entry_count
from {{ ref('int_month_end_faults') }}
where publication_id = {{ publication_id() }}
    and not is_the_ledgers
