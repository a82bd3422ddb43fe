{#
    Ends this build with an error where another one has begun in the same schema since (name_build). It is asked before each
    statement that changes a table.
#}
{% macro stop_if_superseded() %}
    {{- return(adapter.dispatch('stop_if_superseded', 'ledger_lake')()) -}}
{% endmacro %}

{% macro duckdb__stop_if_superseded() %}{% endmacro %}

{% macro athena__stop_if_superseded() %}
    {%- if execute and flags.WHICH in ('build', 'run', 'snapshot') -%}
        {%- set current = run_query('select invocation_id, started_at from ' ~ _current_build()).rows[0] -%}
        {%- if current[0] != invocation_id -%}
            {{ exceptions.raise_compiler_error(_superseded(current[1], current[0])) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro _superseded(started_at, invocation) %}
    {{ return(
        'another build of ' ~ target.schema ~ ' began at ' ~ started_at ~ ' (invocation ' ~ invocation
        ~ '), so this one stops: the later one carries every open run through. Let it end; run dbt build again if it fails'
    ) }}
{% endmacro %}
