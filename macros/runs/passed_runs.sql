{#
    Select of the runs (run_id, feed, committed_at, known_at) that earlier builds let pass and this one does not judge, as run_gate
    recorded them. `gate` is run_gate; int_run_order, which is built before it, gives none and reads it as the last build left it.
#}
{% macro passed_runs(gate=none) %}
    {%- set passed_by = gate if gate is not none else (_relation_of('run_gate') if execute else none) -%}
    {%- if passed_by is none -%}
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
    from {{ passed_by }}
    where verdict = 'passed'
        and not {{ is_open_run(to_judge=true) }}
    {%- endif %}
{% endmacro %}
