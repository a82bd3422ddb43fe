{%- set places = ['rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate'] %}
with

closed_months as (

    select * from {{ ref('closed_months') }}

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
    closed_months.month,
    runs.run_id,
    runs.feed,
    runs.file_name,
    runs.sha256,
    runs.ingest_date,
    runs.known_at,
    closed_months.previous_closed_at is null
    or closed_months.previous_closed_at < runs.known_at as is_since_previous_close,
    reconciled.decision,
    coalesce(reconciled.is_published, false) as is_published,
    runs.rows_delivered,
    {% for figure in places -%}
    case when reconciled.is_published then reconciled.{{ figure }} else 0 end as {{ figure }},
    {% endfor -%}
    case when reconciled.is_published then 0 else runs.rows_delivered end as rows_held
from closed_months
inner join runs
    on closed_months.closed_at >= runs.known_at
left join reconciled
    on runs.run_id = reconciled.run_id
