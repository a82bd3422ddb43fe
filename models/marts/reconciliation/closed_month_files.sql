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

runs as (

    select * from {{ ref('int_runs') }}

),

reconciled as (

    select
        *,
        verdict = 'published' as is_published
    from {{ ref('run_reconciliation') }}

)

select
    closes.month,
    runs.run_id,
    runs.feed,
    runs.file_name,
    runs.sha256,
    runs.ingest_date,
    runs.known_at,
    closes.previous_closed_at,
    closes.previous_closed_at is null or closes.previous_closed_at < runs.known_at as is_since_previous_close,
    reconciled.decision,
    coalesce(reconciled.is_published, false) as is_published,
    runs.rows_delivered,
    {% for figure in places -%}
    case when reconciled.is_published then reconciled.{{ figure }} else 0 end as {{ figure }},
    {% endfor -%}
    case when reconciled.is_published then 0 else runs.rows_delivered end as rows_held
from closes
inner join runs
    on closes.closed_at >= runs.known_at
left join reconciled
    on runs.run_id = reconciled.run_id
