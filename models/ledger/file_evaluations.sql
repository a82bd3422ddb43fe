-- What was found of each file that this build looked at, counted in the rows that it wrote: one row per file that was
-- evaluated as a whole, held or waiting, and one per published file of which single rows were evaluated again.
with

gate as (

    select gate.*
    from {{ ref('file_gate') }} as gate
    left join {{ ref('int_file_scopes') }} as scopes
        on {{ same(['publication_id', 'file_id'], 'gate', 'scopes') }}
    where gate.publication_id = {{ publication_id() }}
        and (scopes.file_id is null or scopes.is_whole)

),

accepted as (

    select
        file_id,
        count(*) as rows_accepted,
        count(balance_after) as rows_stated,
        max(booking_date) as last_booked_on
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
    group by file_id

),

reference as (

    select
        file_id,
        count(*) as rows_accepted
    from {{ ref('account_records') }}
    where publication_id = {{ publication_id() }}
    group by file_id

),

set_aside as (

    select
        file_id,
        count(*) filter (where status = 'quarantined') as rows_quarantined,
        count(*) filter (where status = 'condemned') as rows_condemned,
        count(*) filter (where status = 'duplicate') as rows_duplicate
    from {{ ref('set_aside_rows') }}
    where publication_id = {{ publication_id() }}
    group by file_id

),

whole_files as (

    select
        gate.*,
        coalesce(accepted.rows_accepted, 0) + coalesce(reference.rows_accepted, 0) as rows_accepted,
        coalesce(set_aside.rows_quarantined, 0) as rows_quarantined,
        coalesce(set_aside.rows_condemned, 0) as rows_condemned,
        coalesce(set_aside.rows_duplicate, 0) as rows_duplicate,
        coalesce(accepted.rows_stated, 0) as rows_stated,
        accepted.last_booked_on
    from gate
    left join accepted
        on gate.file_id = accepted.file_id
    left join reference
        on gate.file_id = reference.file_id
    left join set_aside
        on gate.file_id = set_aside.file_id

),

changes as (

    select
        file_id,
        {%- for status in ['accepted', 'quarantined', 'condemned', 'duplicate'] %}
        count(*) filter (where status = '{{ status }}')
        - count(*) filter (where previous_status = '{{ status }}') as more_{{ status }},
        {%- endfor %}
        count(*) filter (where previous_status = 'accepted') as taken_out
    from (
        select
            file_id,
            status,
            previous_status
        from {{ ref('row_changes') }}
        where publication_id = {{ publication_id() }}
        union all
        -- A file that was held when code had changed, and is what it was before.
        select
            scopes.file_id,
            null as status,
            null as previous_status
        from {{ ref('int_file_scopes') }} as scopes
        inner join {{ ref('earlier_looks') }} as looks
            on scopes.file_id = looks.file_id
                and looks.recency = 1
                and looks.verdict <> 'passed'
        where scopes.publication_id = {{ publication_id() }}
            and not scopes.is_whole
    ) as row_changes
    group by file_id

),

-- The published entries of files out of which rows were taken.
remaining as (

    select
        entries.file_id,
        count(entries.balance_after) as rows_stated,
        max(entries.booking_date) as last_booked_on
    from {{ ref('earlier_accepted_rows') }} as entries
    inner join changes
        on entries.file_id = changes.file_id
            and changes.taken_out > 0
    left join {{ ref('row_changes') }} as row_changes
        on entries.file_id = row_changes.file_id
            and entries.row_number = row_changes.row_number
            and row_changes.publication_id = {{ publication_id() }}
    where row_changes.file_id is null
    group by entries.file_id

),

last_evaluations as (

    select
        *,
        row_number() over (partition by file_id order by publication_number desc) as passed_recency
    from {{ ref('earlier_files') }}

)

select
    publication_id,
    file_id,
    cast('file' as varchar) as kind,
    feed,
    file_name,
    delivery_number,
    landed_at,
    ingest_date,
    rows_delivered,
    rows_malformed,
    cast(rows_accepted as bigint) as rows_accepted,
    cast(rows_quarantined as bigint) as rows_quarantined,
    cast(rows_condemned as bigint) as rows_condemned,
    cast(rows_duplicate as bigint) as rows_duplicate,
    cast(0 as bigint) as rows_passed_over,
    cast(rows_stated as bigint) as rows_stated,
    last_booked_on,
    cast(decision as varchar) as decision,
    decided_at,
    cast(verdict as varchar) as verdict,
    cast(failure as varchar) as failure,
    cast(waits_behind as varchar) as waits_behind,
    cast(signature as varchar) as signature
from whole_files
union all
select
    {{ publication_id() }} as publication_id,
    earlier.file_id,
    'rows' as kind,
    earlier.feed,
    earlier.file_name,
    earlier.delivery_number,
    earlier.landed_at,
    earlier.ingest_date,
    earlier.rows_delivered,
    earlier.rows_malformed,
    {%- for status in ['accepted', 'quarantined', 'condemned', 'duplicate'] %}
    earlier.rows_{{ status }} + changes.more_{{ status }} as rows_{{ status }},
    {%- endfor %}
    0 as rows_passed_over,
    case when changes.taken_out > 0 then coalesce(remaining.rows_stated, 0) else earlier.rows_stated end
    + coalesce(accepted.rows_stated, 0) as rows_stated,
    nullif(greatest(
        coalesce(
            case when changes.taken_out > 0 then remaining.last_booked_on else earlier.last_booked_on end,
            date '0001-01-01'
        ),
        coalesce(accepted.last_booked_on, date '0001-01-01')
    ), date '0001-01-01') as last_booked_on,
    earlier.decision,
    cast(null as timestamp(6)) as decided_at,
    'passed' as verdict,
    null as failure,
    null as waits_behind,
    null as signature
from last_evaluations as earlier
inner join changes
    on earlier.file_id = changes.file_id
left join remaining
    on earlier.file_id = remaining.file_id
left join accepted
    on earlier.file_id = accepted.file_id
where earlier.passed_recency = 1
