-- What was decided on a row stands in the seed as it was carried out, and nothing is added to a moment that was judged.
with

replays as (

    select
        run_id,
        feed,
        committed_at
    from {{ ref('run_gate') }}
    where kind <> 'file'
        and verdict = 'passed'
        and decision is distinct from 'withdraw'

),

carried_out as (

    select
        rejudged.origin_run_id as run_id,
        rejudged.origin_row_number as row_number,
        rejudged.decision,
        replays.run_id as replay_run_id
    from {{ ref('rejudged_entries') }} as rejudged
    inner join replays
        on rejudged.run_id = replays.run_id
    where rejudged.decision <> 'judge'

),

decided as (
    {{ decided_rows('replays') }}
)

select
    coalesce(decided.run_id, carried_out.run_id) as run_id,
    coalesce(decided.row_number, carried_out.row_number) as row_number,
    coalesce(decided.replay_run_id, carried_out.replay_run_id) as replay_run_id,
    case
        when decided.run_id is null then 'the decision was carried out: put it back as it was'
        else 'what was decided at that moment was carried out before: write a later decided_at'
    end as fault
from decided
full outer join carried_out
    on {{ same(['run_id', 'row_number', 'decision', 'replay_run_id'], 'decided', 'carried_out') }}
where decided.run_id is null
    or carried_out.run_id is null
