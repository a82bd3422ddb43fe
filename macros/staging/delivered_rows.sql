{#
    A feed's landed rows: their values as delivered text (missing is NULL), the hash of their content, and the run that
    brought them. Rows of a run without a manifest do not exist.
#}
{% macro delivered_rows(feed) %}
    select
        {% for column in contract(feed).columns -%}
            {{ decode_raw_text('landed.' ~ column) }} as {{ column }},
        {% endfor -%}
        {{ row_hash(feed) }} as row_hash,
        {{ decode_raw_text('landed.extra_fields') }} as extra_fields,
        landed.run_id,
        cast(landed.row_number as bigint) as row_number,
        cast(landed.line_number as bigint) as line_number,
        landed.ingest_date,
        runs.known_at
    from {{ source('raw', feed) }} as landed
    inner join {{ ref('stg_runs') }} as runs
        on landed.run_id = runs.run_id
{% endmacro %}
