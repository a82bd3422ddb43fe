{{ config(materialized='view') }}

with

decided as (

    select
        runs.*,
        decisions.decision,
        greatest(
            runs.known_at, coalesce({{ utc_from_iso_offset('decisions.decided_at') }}, runs.known_at)
        ) as decided_from
    from {{ ref('int_runs') }} as runs
    left join {{ ref('run_decisions') }} as decisions
        on runs.run_id = decisions.run_id
    where {{ is_open_run('runs.run_id', to_judge=true) }}

),

passed as (
    {{ passed_runs() }}
),

in_order as (

    select
        run_id,
        feed,
        known_at as committed_at,
        decided_from
    from decided
    union all
    select
        run_id,
        feed,
        committed_at,
        known_at as decided_from
    from passed

),

-- A run that was held is known from the decision on, and so is what waited behind it, also where the held one is
-- published already.
waited as (

    select
        *,
        max(decided_from) over (
            partition by feed order by committed_at, run_id rows between unbounded preceding and current row
        ) as published_from
    from in_order

),

numbered as (

    select
        run_id,
        published_from,
        row_number() over (partition by feed, published_from order by committed_at, run_id) - 1 as place
    from waited

)

select
    decided.run_id,
    decided.kind,
    decided.feed,
    decided.file_name,
    decided.rows_delivered,
    decided.rows_landed,
    decided.rows_malformed,
    decided.decision,
    cast({{ rules_hash('decided.feed') }} as varchar) as rules_hash,
    decided.known_at as committed_at,
    cast({{ dbt.dateadd('millisecond', 'numbered.place', 'numbered.published_from') }} as timestamp(6)) as known_at
from decided
inner join numbered
    on decided.run_id = numbered.run_id
