-- The closes and reopenings of months, from the seed.
with

dated as (

    select
        month,
        event,
        closed_at,
        {{ utc_from_iso_offset('closed_at') }} as closed_at_utc,
        closed_by,
        reason
    from {{ ref('period_closes') }}

)

select * from dated
{% if var('as_of') -%}
where closed_at_utc <= {{ utc_from_iso_offset(sql_text(var('as_of'))) }}
{%- endif %}
