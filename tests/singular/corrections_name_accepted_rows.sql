-- What has taken the place of a corrected row is in the ledger.
select
    decisions.run_id,
    decisions.row_number,
    decisions.corrected_by_run_id,
    decisions.corrected_by_row_number
from {{ ref('quarantine_decisions') }} as decisions
left join {{ ref('fct_ledger_entries') }} as entries
    on decisions.corrected_by_run_id = entries.origin_run_id
        and decisions.corrected_by_row_number = entries.origin_row_number
where decisions.decision = 'correct'
    and entries.origin_run_id is null
    and {{ balances_to_test() }}
