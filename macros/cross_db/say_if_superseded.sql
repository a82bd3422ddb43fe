{#
    Hook after a build: where it failed and another one has begun since, says so by failing with that message. The later build
    drops and makes anew what the earlier one was reading, so that its own errors tell little.

    The message is SQL's own error and not one of this macro's: what breaks a hook while dbt renders it, such as an Athena that
    does not answer, would keep dbt from writing run_results.json, and `dbt retry` from going on.
#}
{% macro say_if_superseded(results) %}
    {{- return(adapter.dispatch('say_if_superseded', 'ledger_lake')(results)) -}}
{% endmacro %}

{% macro duckdb__say_if_superseded(results) %}{% endmacro %}

{% macro athena__say_if_superseded(results) %}
    {%- if execute and flags.WHICH in ('build', 'run', 'snapshot') and results | selectattr('status', 'equalto', 'error') | list %}
        select case when invocation_id <> '{{ invocation_id }}' then cast(
            '{{ _superseded("' || started_at || '", "' || invocation_id || '") }}' as integer
        ) end
        from {{ _current_build() }}
    {%- endif -%}
{% endmacro %}
