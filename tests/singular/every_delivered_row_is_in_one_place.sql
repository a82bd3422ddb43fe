-- Rows delivered = malformed + accepted + quarantined + condemned + duplicate, for every run that was taken up. What a
-- replay has to judge is in no manifest; the gate counts the decisions.
select
    runs.run_id,
    runs.rows_delivered,
    reconciled.rows_malformed,
    reconciled.rows_accepted,
    reconciled.rows_quarantined,
    reconciled.rows_condemned,
    reconciled.rows_duplicate,
    reconciled.verdict
from {{ ref('int_runs') }} as runs
left join {{ ref('run_reconciliation') }} as reconciled
    on runs.run_id = reconciled.run_id
where (
    case when runs.kind = 'file' then runs.rows_delivered else reconciled.rows_delivered end
    = reconciled.rows_malformed + reconciled.rows_accepted + reconciled.rows_quarantined
    + reconciled.rows_condemned + reconciled.rows_duplicate
    and reconciled.verdict in ('published', 'held')
) is distinct from true
-- a held run whose counts do not add up is held for just that
and (reconciled.verdict = 'held' and reconciled.failed_check = 'counts') is distinct from true
