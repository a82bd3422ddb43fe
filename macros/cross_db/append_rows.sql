{#
    dbt-athena's way of appending to a table, in place of its own, which writes rows twice, into a temporary table and from there,
    and asks three statements of Athena. Here they are inserted as they are selected. The second select reads nothing: with it
    Athena refuses a query whose columns are not those of the table, as on_schema_change: fail wants it.
#}
{% macro safe_create_table_as(temporary, relation, compiled_code, language='sql', force_batch=False) %}
    {%- if temporary and config.get('incremental_strategy') == 'append' -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(dbt.safe_create_table_as(temporary, relation, compiled_code, language, force_batch)) }}
{% endmacro %}

{% macro incremental_insert(on_schema_change, tmp_relation, target_relation, existing_relation, force_batch, statement_name='main') %}
    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    {%- set insert -%}
        insert into {{ target_relation }} ({{ columns }})
        with written as (
            {{ model.compiled_code }}
        )
        select {{ columns }} from written
        union all
        select * from written where false
    {%- endset -%}
    {%- if not config.get('partitioned_by') -%}
        {{ return(insert) }}
    {%- endif -%}
    {#- A statement writes to a hundred partitions at most. -#}
    {%- set result = adapter.run_query_with_partitions_limit_catching(insert) -%}
    {%- if result == 'TOO_MANY_OPEN_PARTITIONS' -%}
        {%- do run_query(create_table_as(true, tmp_relation, model.compiled_code, 'sql', true)) -%}
        {%- do batch_incremental_insert(tmp_relation, target_relation, columns) -%}
    {%- endif -%}
    {{ return("select '" ~ result ~ "'") }}
{% endmacro %}
