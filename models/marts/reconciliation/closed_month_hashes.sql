with

-- What was decided on rows, as it was carried out.
decided as (

    select
        run_id,
        {{ dbt.listagg(
            "origin_run_id || ' ' || cast(origin_row_number as varchar) || ' ' || decision", "', '",
            'order by origin_run_id, origin_row_number'
        ) }} as decisions
    from {{ ref('rejudged_entries') }}
    where decision <> 'judge'
    group by run_id

),

inputs_of_month as (

    select
        closed_months.month,
        gate.run_id,
        gate.feed,
        runs.ingest_date,
        case when gate.kind = 'file' then runs.sha256 else gate.kind end as content,
        coalesce(gate.decision, decided.decisions) as decided
    from {{ ref('closed_months') }} as closed_months
    inner join {{ ref('run_gate') }} as gate
        on closed_months.closed_at >= gate.known_at
            and gate.verdict = 'passed'
            and (gate.kind = 'file' or gate.rows_classified > 0)
    inner join {{ ref('int_runs') }} as runs
        on gate.run_id = runs.run_id
    left join decided
        on gate.run_id = decided.run_id

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
            "feed || ' ' || content || coalesce(' ' || decided, '')", "', '", 'order by run_id'
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
