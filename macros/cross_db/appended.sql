{#
    A table to which every build appends, for Athena. dbt-athena's `incremental` with the strategy `append` writes rows twice, into a
    temporary table and from there, and asks three statements. Here they are inserted as they are selected, and nothing is ever
    dropped, not even by --full-refresh.
#}
{% materialization appended, adapter='athena', supported_languages=['sql'] %}
    {%- set table = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if load_relation(this) is none -%}
        {%- set result = safe_create_table_as(false, table, compiled_code) -%}
    {%- else -%}
        {%- set result = _append_rows(table, compiled_code) -%}
    {%- endif -%}
    {%- do store_raw_result(name='main', message=result | string, code='OK', rows_affected='-1') -%}
    {{ run_hooks(post_hooks) }}
    {%- do persist_docs(table, model) -%}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}

{# The second select reads nothing: with it Athena refuses rows whose columns are not those of the table. #}
{% macro _append_rows(table, select) %}
    {%- set columns = adapter.get_columns_in_relation(table) | map(attribute='quoted') | join(', ') -%}
    {%- set insert -%}
        insert into {{ table }} ({{ columns }})
        with written as (
            {{ select }}
        )
        select {{ columns }} from written
        union all
        select * from written where false
    {%- endset -%}
    {%- set result = adapter.run_query_with_partitions_limit_catching(insert) -%}
    {%- if result == 'TOO_MANY_OPEN_PARTITIONS' -%}
        {#- A statement writes to a hundred partitions at most: dbt-athena's way is by a temporary table, part by part. -#}
        {%- set parts = make_temp_relation(table, adapter.generate_unique_temporary_table_suffix()) -%}
        {%- do run_query(create_table_as(true, parts, select, 'sql', true)) -%}
        {%- do batch_incremental_insert(parts, table, columns) -%}
        {%- do drop_relation(parts) -%}
    {%- endif -%}
    {{ return(result) }}
{% endmacro %}
