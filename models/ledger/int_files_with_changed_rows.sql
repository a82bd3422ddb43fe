-- The published files of which this build writes single rows again: their figures by now. A file that was held when
-- code had changed, and is what it was before, passes as it was.
{%- set statuses = ['accepted', 'quarantined', 'condemned', 'duplicate', 'passed_over'] %}
with

changes as (

    select
        file_id,
        {%- for status in statuses %}
        count(*) filter (where status = '{{ status }}')
        - count(*) filter (where previous_status = '{{ status }}') as more_{{ status }},
        {%- endfor %}
        count(status) as rows_changed
    from (
        select
            file_id,
            status,
            previous_status
        from {{ ref('row_changes') }}
        where publication_id = {{ publication_id() }}
        union all
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

-- From the records, not from the model that balances read.
entries as (

    select
        file_id,
        count(balance_after) as rows_stated,
        max(booking_date) as last_booked_on
    from (
        select
            file_id,
            balance_after,
            booking_date
        from {{ ref('accepted_rows') }}
        where publication_id = {{ publication_id() }}
        union all
        select
            earlier.file_id,
            earlier.balance_after,
            earlier.booking_date
        from {{ ref('earlier_accepted_rows') }} as earlier
        left join {{ ref('row_changes') }} as row_changes
            on {{ same(['file_id', 'row_number'], 'earlier', 'row_changes') }}
                and row_changes.publication_id = {{ publication_id() }}
        where {{ of_files(files_to_write(), 'earlier') }}
            and row_changes.file_id is null
    ) as standing
    group by file_id

)

select
    {{ publication_id() }} as publication_id,
    earlier.file_id,
    earlier.feed,
    earlier.file_name,
    earlier.delivery_number,
    earlier.landed_at,
    earlier.ingest_date,
    earlier.rows_delivered,
    earlier.rows_malformed,
    {%- for status in statuses %}
    earlier.rows_{{ status }} + changes.more_{{ status }} as rows_{{ status }},
    {%- endfor %}
    case when changes.rows_changed = 0 then earlier.rows_stated else coalesce(entries.rows_stated, 0) end
        as rows_stated,
    case when changes.rows_changed = 0 then earlier.last_booked_on else entries.last_booked_on end as last_booked_on,
    case when gate.file_id is null then earlier.decision else gate.decision end as decision
from {{ ref('earlier_files') }} as earlier
inner join changes
    on earlier.file_id = changes.file_id
left join entries
    on earlier.file_id = entries.file_id
left join {{ ref('file_gate') }} as gate
    on earlier.file_id = gate.file_id
        and gate.publication_id = {{ publication_id() }}
where earlier.is_last
