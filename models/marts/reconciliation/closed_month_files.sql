{%- set places = ['rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate'] %}
with

closed_months as (

    select
        *,
        {{ local_date('closed_at', var('reporting_time_zone')) }} as closed_on
    from {{ ref('closed_months') }}

),

-- Months that were closed on one day were closed together, whichever of them came first.
closes as (

    select
        months.month,
        months.closed_at,
        max_by(before.closed_at, before.month) as previous_closed_at
    from closed_months as months
    left join closed_months as before
        on months.month > before.month
            and months.closed_on > before.closed_on
    group by months.month, months.closed_at

),

files as (

    select
        gate.run_id,
        gate.feed,
        gate.file_name,
        runs.sha256,
        runs.ingest_date,
        gate.committed_at,
        gate.known_at,
        gate.rows_delivered,
        gate.decision
    from {{ ref('run_gate') }} as gate
    inner join {{ ref('int_runs') }} as runs
        on gate.run_id = runs.run_id
    where gate.kind = 'file'

),

reconciled as (

    select * from {{ ref('run_reconciliation') }}

),

-- A file that was held at the close counts as held, whatever was decided since.
known as (

    select
        closes.month,
        closes.previous_closed_at,
        files.run_id,
        files.feed,
        files.file_name,
        files.sha256,
        files.ingest_date,
        files.committed_at,
        files.rows_delivered,
        -- By a later close it may have been released, but not by this one.
        case when closes.closed_at >= files.known_at then files.known_at else files.committed_at end as counts_from,
        case when closes.closed_at >= files.known_at then files.decision end as decision,
        {% for figure in places -%}
        reconciled.{{ figure }},
        {% endfor -%}
        coalesce(reconciled.verdict = 'published' and closes.closed_at >= files.known_at, false) as is_published
    from closes
    inner join files
        on closes.closed_at >= files.committed_at
    left join reconciled
        on files.run_id = reconciled.run_id

)

select
    month,
    run_id,
    feed,
    file_name,
    sha256,
    ingest_date,
    committed_at,
    previous_closed_at,
    previous_closed_at is null or previous_closed_at < counts_from as is_since_previous_close,
    decision,
    is_published,
    rows_delivered,
    {% for figure in places -%}
    case when is_published then {{ figure }} else 0 end as {{ figure }},
    {% endfor -%}
    case when is_published then 0 else rows_delivered end as rows_held
from known
