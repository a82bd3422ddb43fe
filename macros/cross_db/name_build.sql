{#
    Writes down, before the first model runs, which build writes from now on: the view current_build names it. A build that
    finds another one there stops (stop_if_superseded), so that of two builds at once the later one is right. DuckDB lets one
    process write, so it needs none of this.
#}
{% macro name_build() %}
    {{- return(adapter.dispatch('name_build', 'ledger_lake')()) -}}
{% endmacro %}

{% macro duckdb__name_build() %}{% endmacro %}

{% macro athena__name_build() %}
    {%- if execute and flags.WHICH in ('build', 'run', 'snapshot') -%}
        {%- do run_query(
            'create or replace view ' ~ _current_build() ~ " as select '" ~ invocation_id ~ "' as invocation_id, '"
            ~ run_started_at.isoformat() ~ "' as started_at"
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro _current_build() %}
    {{ return(api.Relation.create(database=target.database, schema=target.schema, identifier='current_build')) }}
{% endmacro %}
