{#
    Makes the source `raw` readable before the first model runs. On DuckDB every raw table is a view over the files that
    the loader wrote, but for `runs`: that is a table of the manifests as they were when the build began, so that a file
    that lands meanwhile waits for the next build. Elsewhere the loader registers external tables itself.
#}
{% macro create_raw_views() %}
    {{- return(adapter.dispatch('create_raw_views', 'ledger_lake')()) -}}
{% endmacro %}

{% macro default__create_raw_views() %}{% endmacro %}

{% macro duckdb__create_raw_views() %}
    {%- if execute -%}
        {%- set sources = graph.sources.values() | selectattr('source_name', 'equalto', 'raw') | list -%}
        {#- Manifests first: a run that is in the table has its parts in place. -#}
        {%- for source in sources | selectattr('name', 'equalto', 'runs') | list
            + sources | rejectattr('name', 'equalto', 'runs') | list -%}
            {%- do run_query('create schema if not exists ' ~ api.Relation.create(database=source.database, schema=source.schema)) -%}
            {%- set relation = api.Relation.create(database=source.database, schema=source.schema, identifier=source.name) -%}
            {%- do run_query('create or replace ' ~ ('table ' if source.name == 'runs' else 'view ') ~ relation ~ ' as ' ~ _raw_view_query(source)) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro _raw_view_query(source) %}
    {%- set files = lake_root() ~ ('/runs/*/*.json' if source.name == 'runs' else '/raw/' ~ source.name ~ '/*/*/*.csv.zst') -%}
    {%- set columns = {} -%}
    {%- for name, column in source.columns.items() -%}
        {%- do columns.update({name: column.data_type}) -%}
    {%- endfor -%}
    {%- if source.config.meta.get('kind') -%}
        {%- set columns = dict([('row_number', 'varchar'), ('line_number', 'varchar'), ('extra_fields', 'varchar')]
            + columns.items() | list + [('ingest_date', 'date'), ('run_id', 'varchar')]) -%}
    {%- endif -%}
    {%- if run_query("select count(*) from glob('" ~ files ~ "')").rows[0][0] == 0 -%}
        {{ return(_empty_relation_query(columns)) }}
    {%- endif -%}
    {{ return(_manifest_query(files, columns) if source.name == 'runs' else _parts_query(files, columns)) }}
{% endmacro %}

{% macro _empty_relation_query(columns) %}
    {%- set nulls = [] -%}
    {%- for name, type in columns.items() -%}
        {%- do nulls.append('cast(null as ' ~ type ~ ') as ' ~ name) -%}
    {%- endfor -%}
    {{ return('select ' ~ nulls | join(', ') ~ ' where false') }}
{% endmacro %}

{% macro _manifest_query(files, columns) %}
    {{ return("select * from read_json('" ~ files ~ "', format = 'newline_delimited', hive_partitioning = false, columns = "
        ~ _struct_of(columns) ~ ")") }}
{% endmacro %}

{#
    A part holds ordinary CSV without a header, in which no value can be mistaken for a missing one: nullstr never occurs,
    because a backslash in a value is always followed by one of n, r, s and N. Parts of an earlier contract version may
    lack the columns that were appended since; they are missing values. The loader's records of 1 MiB stay below
    max_line_size whatever their encoding adds.
#}
{% macro _parts_query(files, columns) %}
    {%- set stored = {} -%}
    {%- for name, type in columns.items() if name not in ('ingest_date', 'run_id') -%}
        {%- do stored.update({name: type}) -%}
    {%- endfor -%}
    {{ return("select " ~ columns.keys() | join(', ') ~ " from read_csv('" ~ files ~ "', auto_detect = false, header = false,"
        ~ " delim = ',', quote = '\"', escape = '\"', nullstr = '\\x', strict_mode = true, null_padding = true, max_line_size = 16777216,"
        ~ " compression = 'zstd', hive_partitioning = true, hive_types = {'ingest_date': date, 'run_id': varchar}, columns = "
        ~ _struct_of(stored) ~ ")") }}
{% endmacro %}

{% macro _struct_of(columns) %}
    {%- set fields = [] -%}
    {%- for name, type in columns.items() -%}
        {%- do fields.append("'" ~ name ~ "': '" ~ type ~ "'") -%}
    {%- endfor -%}
    {{ return('{' ~ fields | join(', ') ~ '}') }}
{% endmacro %}
