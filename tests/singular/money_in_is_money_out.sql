-- What the parseable amounts of a run add up to is what its published rows add up to, per currency.
select
    delivered.run_id,
    delivered.currency,
    delivered.amount_delivered,
    reconciled.difference
from {{ ref('int_run_money') }} as delivered
inner join {{ ref('run_gate') }} as gate
    on delivered.run_id = gate.run_id
        and gate.verdict = 'passed'
full outer join {{ ref('run_money_reconciliation') }} as reconciled
    on delivered.run_id = reconciled.run_id
        and delivered.currency = reconciled.currency
where (
    reconciled.difference = 0
    and reconciled.amount_delivered = delivered.amount_delivered
    and reconciled.amount_accepted
    + reconciled.amount_quarantined
    + reconciled.amount_condemned
    + reconciled.amount_duplicate
    = delivered.amount_delivered
) is distinct from true
