-- What people decided on files and on rows, from the seeds: one row per decision.
with

decisions as (

    select
        cast('file_decisions' as varchar) as seed,
        file_id,
        cast(null as bigint) as row_number,
        decision,
        cast(null as varchar) as corrected_by_file_id,
        cast(null as bigint) as corrected_by_row_number,
        reason,
        decided_by,
        decided_at
    from {{ ref('file_decisions') }}
    union all
    select
        cast('row_decisions' as varchar) as seed,
        file_id,
        row_number,
        decision,
        corrected_by_file_id,
        corrected_by_row_number,
        reason,
        decided_by,
        decided_at
    from {{ ref('row_decisions') }}

),

dated as (

    select
        *,
        {{ utc_from_iso_offset('decided_at') }} as decided_at_utc
    from decisions

)

select * from dated
{% if var('as_of') -%}
where decided_at_utc <= {{ utc_from_iso_offset(sql_text(var('as_of'))) }}
{%- endif %}
