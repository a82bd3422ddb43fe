-- What was found of each file that this build looked at, counted in the rows that it wrote: one row per file that was
-- written as a whole, held or waiting, and one per published file of which single rows were written.
with

gate as (

    select gate.*
    from {{ ref('file_gate') }} as gate
    left join {{ ref('int_file_scopes') }} as scopes
        on {{ same(['publication_id', 'file_id'], 'gate', 'scopes') }}
    left join {{ ref('earlier_looks') }} as looks
        on gate.file_id = looks.file_id
            and looks.recency = 1
    where gate.publication_id = {{ publication_id() }}
        and case
            when gate.verdict = 'passed' then scopes.is_whole
            -- A file that is held, or waits, as it did is no news.
            else
                gate.verdict is distinct from looks.verdict
                or gate.failure is distinct from looks.failure
                or gate.waits_behind is distinct from looks.waits_behind
                or gate.signature is distinct from looks.signature
                or gate.ingest_date is distinct from looks.ingest_date
        end

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
        count(*) filter (where status = 'duplicate') as rows_duplicate,
        count(*) filter (where status = 'passed_over') as rows_passed_over
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
        -- Of a file that was erased nothing else is left.
        coalesce(set_aside.rows_passed_over, 0) + gate.rows_erased as rows_passed_over,
        coalesce(accepted.rows_stated, 0) as rows_stated,
        accepted.last_booked_on
    from gate
    left join accepted
        on gate.file_id = accepted.file_id
    left join reference
        on gate.file_id = reference.file_id
    left join set_aside
        on gate.file_id = set_aside.file_id

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
    cast(rows_passed_over as bigint) as rows_passed_over,
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
    publication_id,
    file_id,
    'rows' as kind,
    feed,
    file_name,
    delivery_number,
    landed_at,
    ingest_date,
    rows_delivered,
    rows_malformed,
    rows_accepted,
    rows_quarantined,
    rows_condemned,
    rows_duplicate,
    rows_passed_over,
    rows_stated,
    last_booked_on,
    decision,
    null as decided_at,
    'passed' as verdict,
    null as failure,
    null as waits_behind,
    null as signature
from {{ ref('int_files_with_changed_rows') }}
