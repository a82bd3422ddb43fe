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

-- A run that was held is known from the decision on, and so is what waited behind it.
waited as (

    select
        *,
        max(decided_from) over (
            partition by feed order by known_at, run_id rows between unbounded preceding and current row
        ) as published_from
    from decided

),

numbered as (

    select
        *,
        row_number() over (partition by feed, published_from order by known_at, run_id) - 1 as place
    from waited

)

select
    run_id,
    kind,
    feed,
    file_name,
    rows_delivered,
    rows_landed,
    rows_malformed,
    decision,
    cast({{ rules_hash('feed') }} as varchar) as rules_hash,
    known_at as committed_at,
    cast({{ dbt.dateadd('millisecond', 'place', 'published_from') }} as timestamp(6)) as known_at
from numbered
