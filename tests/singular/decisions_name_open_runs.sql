-- A decision names a run that was taken up; withdrawing one that is published already would change nothing, in silence.
select
    decisions.run_id,
    decisions.decision,
    reconciled.verdict,
    case
        when runs.run_id is null then 'no such run: copy run_id from held_runs'
        else 'the run is published already: it can only be corrected by a further delivery'
    end as fault
from {{ ref('run_decisions') }} as decisions
left join {{ ref('int_runs') }} as runs
    on decisions.run_id = runs.run_id
left join {{ ref('run_reconciliation') }} as reconciled
    on decisions.run_id = reconciled.run_id
where runs.run_id is null
    or (
        decisions.decision = 'withdraw'
        and reconciled.verdict = 'published'
        and reconciled.rows_condemned < reconciled.rows_delivered - reconciled.rows_malformed
    )
