-- The decisions on files and rows that this build took into account for the first time, as they are in their seeds. A
-- decision on a row counts once its file has passed.
with

outcomes as (
    {{ rows_of(ref('int_row_outcomes')) }}
)

select
    {{ publication_id() }} as publication_id,
    decisions.seed,
    decisions.file_id,
    decisions.row_number,
    decisions.decision,
    decisions.corrected_by_file_id,
    decisions.corrected_by_row_number,
    decisions.reason,
    decisions.decided_by,
    decisions.decided_at
from {{ ref('stg_decisions') }} as decisions
left join {{ ref('earlier_decisions') }} as earlier
    on {{ same(['seed', 'file_id', 'decided_at'], 'decisions', 'earlier') }}
        and decisions.row_number is not distinct from earlier.row_number
left join {{ ref('file_gate') }} as gate
    on decisions.file_id = gate.file_id
        and gate.publication_id = {{ publication_id() }}
left join outcomes
    on decisions.file_id = outcomes.file_id
        and decisions.row_number = outcomes.row_number
where earlier.file_id is null
    and case
        when decisions.seed = 'file_decisions' then gate.file_id is not null and gate.waits_behind is null
        else
            coalesce(gate.verdict, 'passed') = 'passed'
            and outcomes.file_id is not null
    end
