{#
    Rows of int_entries_classified with one status, or with any, that came through the gate; of the open runs only where the
    table that asks is appended to.
#}
{% macro published_rows(status=none) %}
    select classified.*
    from {{ ref('int_entries_classified') }} as classified
    inner join {{ ref('run_gate') }} as gate
        on classified.run_id = gate.run_id
    where gate.verdict = 'passed'
        {% if status -%}
        and classified.status = '{{ status }}'
        {% endif -%}
        {% if is_incremental() -%}
        and {{ is_open_run('classified.run_id') }}
        {%- endif %}
{% endmacro %}
