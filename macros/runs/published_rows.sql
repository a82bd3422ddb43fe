{#
    Rows of int_entries_classified with one status that came through the gate; of the open runs only where the table that
    asks is appended to.
#}
{% macro published_rows(status) %}
    select classified.*
    from {{ ref('int_entries_classified') }} as classified
    inner join {{ ref('run_gate') }} as gate
        on classified.run_id = gate.run_id
    where classified.status = '{{ status }}'
        and gate.verdict = 'passed'
        {% if is_incremental() -%}
        and {{ is_open_run('classified.run_id') }}
        {%- endif %}
{% endmacro %}
