-- A decision names a run that was taken up, and stands as long as what it decided: withdrawing a run that is published
-- already would change nothing, and so would taking a decision out of the seed after it was carried out.
select
    coalesce(decisions.run_id, reconciled.run_id) as run_id,
    decisions.decision,
    reconciled.decision as decision_carried_out,
    reconciled.verdict,
    case
        when runs.run_id is null then 'no such run: copy run_id from held_runs'
        when reconciled.decision is not null then 'the decision was carried out: put it back as it was'
        else 'the run is published already: it can only be corrected by a further delivery'
    end as fault
from {{ ref('run_decisions') }} as decisions
full outer join {{ ref('run_reconciliation') }} as reconciled
    on decisions.run_id = reconciled.run_id
left join {{ ref('int_runs') }} as runs
    on coalesce(decisions.run_id, reconciled.run_id) = runs.run_id
where (decisions.run_id is not null and runs.run_id is null)
    or (
        reconciled.verdict = 'published'
        and (
            reconciled.decision is distinct from decisions.decision
            or reconciled.known_at < {{ utc_from_iso_offset('decisions.decided_at') }}
        )
    )
