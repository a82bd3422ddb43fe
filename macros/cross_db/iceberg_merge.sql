{#
    dbt-athena's merge, in place of its own, with three things added that it has no setting for:
    - the target is pruned by literals. A merge condition on a column of both sides makes Iceberg read the whole target, so
      the values of the column that `config.meta.merged_by` names are asked from the new rows, which were just written, and
      stand in the condition as literals;
    - nothing is merged where there are no new rows;
    - a build that another one has superseded stops here, at the last moment before it would write.
#}
{% macro iceberg_merge(
    on_schema_change, tmp_relation, target_relation, unique_key, incremental_predicates, existing_relation,
    delete_condition, update_condition, insert_condition, force_batch, statement_name='main'
) %}
    {%- do stop_if_superseded() -%}
    {%- set column = model.config.meta.merged_by -%}
    {%- set rows = run_query('select distinct ' ~ column ~ ' from ' ~ tmp_relation ~ ' order by 1').rows -%}
    {%- if not rows -%}
        {{ return("select 'nothing to merge'") }}
    {%- endif -%}
    {{ return(dbt.iceberg_merge(
        on_schema_change, tmp_relation, target_relation, unique_key,
        (incremental_predicates or []) + [_is_one_of('target.' ~ column, rows)],
        existing_relation, delete_condition, update_condition, insert_condition, force_batch, statement_name
    )) }}
{% endmacro %}

{# A query may have 262,144 bytes: many values are given as their first and last one. #}
{% macro _is_one_of(column, rows) %}
    {%- set literals = [] -%}
    {%- for row in rows -%}
        {%- do literals.append(sql_text(row[0]) if row[0] is string else "date '" ~ row[0] ~ "'") -%}
    {%- endfor -%}
    {%- if literals | length > 500 -%}
        {{ return(column ~ ' between ' ~ literals[0] ~ ' and ' ~ literals[-1]) }}
    {%- endif -%}
    {{ return(column ~ ' in (' ~ literals | join(', ') ~ ')') }}
{% endmacro %}
