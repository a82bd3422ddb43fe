with

-- What was known: files, and what was decided and which rules were judged by again.
inputs_of_month as (

    select
        month,
        run_id,
        feed,
        ingest_date,
        sha256,
        decision
    from {{ ref('closed_month_files') }}
    union all
    select
        closed_months.month,
        runs.run_id,
        runs.feed,
        runs.ingest_date,
        runs.sha256,
        runs.kind as decision
    from {{ ref('closed_months') }} as closed_months
    inner join {{ ref('run_gate') }} as gate
        on closed_months.closed_at >= gate.known_at
            and gate.kind <> 'file'
    inner join {{ ref('int_runs') }} as runs
        on gate.run_id = runs.run_id

),

balances as (

    select * from {{ ref('month_end_balances_as_closed') }}

),

-- Hashes of hashes, so that no list of them grows too long for an engine.
inputs_of_day as (

    select
        month,
        ingest_date,
        {{ sha256_hex(dbt.listagg(
            "feed || ' ' || sha256 || coalesce(' ' || decision, '')", "', '", 'order by run_id'
        )) }} as sha256
    from inputs_of_month
    group by month, ingest_date

),

inputs as (

    select
        month,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by ingest_date')) }} as sha256
    from inputs_of_day
    group by month

),

hashed_balances as (

    select
        month,
        {{ sha256_hex(
            "feed || chr(31) || account_id || chr(31) || currency || chr(31) || cast(month as varchar) || chr(31)"
            ~ " || cast(balance as varchar) || chr(31) || basis || chr(31)"
            ~ " || case when is_proven then 'proven' else 'unproven' end"
        ) }} as sha256
    from balances

),

balances_of_bucket as (

    select
        month,
        substr(sha256, 1, 3) as bucket,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by sha256')) }} as sha256
    from hashed_balances
    group by month, substr(sha256, 1, 3)

),

results as (

    select
        month,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by bucket')) }} as sha256
    from balances_of_bucket
    group by month

)

select
    closed_months.month,
    inputs.sha256 as inputs_sha256,
    results.sha256 as balances_sha256
from {{ ref('closed_months') }} as closed_months
left join inputs
    on closed_months.month = inputs.month
left join results
    on closed_months.month = results.month
