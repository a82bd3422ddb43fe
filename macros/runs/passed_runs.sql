{#
    Select of the runs (run_id, feed, committed_at, known_at) that earlier builds let pass and this one does not judge, as run_gate
    recorded them. int_run_order, which is built before it, reads them as the last build left them.
#}
{% macro passed_runs() %}
    {%- set gate = _relation_of('run_gate') if execute else none -%}
    {%- if gate is none -%}
    select
        cast(null as varchar) as run_id,
        cast(null as varchar) as feed,
        cast(null as timestamp(6)) as committed_at,
        cast(null as timestamp(6)) as known_at
    where false
    {%- else -%}
    select
        run_id,
        feed,
        committed_at,
        known_at
    from {{ gate }}
    where verdict = 'passed'
        and not {{ is_open_run(to_judge=true) }}
    {%- endif %}
{% endmacro %}
