{#
    The layout of the warehouse: its records and their columns. The view warehouse_schema states it from the first command on that
    writes anything. A build cannot append to records of another layout, so it stops before it writes.
#}

{# The number of this project's layout: one more for each change of a record's name, columns or types. A new record that
    a build makes by itself is no change of one: an older warehouse gets it with the next build. #}
{% macro layout_version() %}
    {{ return(3) }}
{% endmacro %}

{# Raises where the warehouse has another layout, or one that is stated nowhere. #}
{% macro require_layout() %}
    {%- set found = _stated_layout() -%}
    {%- if found is not none and found != layout_version() -%}
        {%- set is_athena = target.type == 'athena' -%}
        {{ exceptions.raise_compiler_error(
            'NOTHING WAS WRITTEN: ' ~ ('the schema ' ~ target.schema if is_athena else target.path) ~ ' has '
            ~ ('layout ' ~ found if found else 'a layout without a number') ~ ', but this project builds layout ' ~ layout_version() ~ ': '
            ~ ('name another schema' if is_athena else 'move the file away') ~ ' and build again from the lake, or use the version of the project that built it.'
        ) }}
    {%- endif -%}
{% endmacro %}

{# Writes down the layout of a warehouse in which nothing is yet. #}
{% macro state_layout() %}
    {%- if load_relation(_warehouse_schema()) is none -%}
        {%- do run_query('create or replace view ' ~ _warehouse_schema() ~ ' as select ' ~ layout_version() ~ ' as layout_version') -%}
    {%- endif -%}
{% endmacro %}

{# None where nothing is yet; 0 where tables are there that a layout without a number has. #}
{% macro _stated_layout() %}
    {%- if load_relation(_warehouse_schema()) is not none -%}
        {{ return(run_query('select layout_version from ' ~ _warehouse_schema()).rows[0][0] | int) }}
    {%- endif -%}
    {%- for name in ['publications', 'file_evaluations', 'month_end_versions', 'run_gate', 'int_runs', 'month_end_balances'] -%}
        {%- set relation = load_relation(_relation_named(name)) -%}
        {%- if relation is not none and relation.is_table -%}
            {{ return(0) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}

{% macro _warehouse_schema() %}
    {{ return(_relation_named('warehouse_schema')) }}
{% endmacro %}

{% macro _relation_named(name) %}
    {{ return(api.Relation.create(database=target.database, schema=target.schema, identifier=name)) }}
{% endmacro %}
