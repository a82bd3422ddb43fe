{#
    Before the first model runs: refuses what would harm a warehouse, states its layout, makes the raw tables readable (DuckDB), writes
    the contracts down for unit tests, and takes out what builds wrote that published nothing (DuckDB, which has one writer; on Athena
    a build may be under way, and an upkeep command does it). On Athena it makes `publications` before the first commit, so that
    every commit is the same merge. It tells the program that runs dbt the id under which the build writes.
#}
{% macro prepare_build() %}
    {%- if execute -%}
        {%- do tell('build_begins', {}) -%}
        {%- do require_layout() -%}
        {%- do stop_if_a_feed_is_new() -%}
        {%- do _refuse_samples() -%}
        {%- do stop_if_as_of_is_late() -%}
        {%- do state_layout() -%}
        {%- do create_raw_views() -%}
        {%- do create_feed_contracts() -%}
        {%- if flags.WHICH in ('build', 'run') -%}
            {%- do create_publications() -%}
            {%- do renew_work_tables() -%}
            {%- do remove_leftovers() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# With --empty a source is a query of no rows; `render` gives the table. #}
{% macro _refuse_samples() %}
    {%- set publications = source('earlier', 'publications') -%}
    {%- if (flags.EMPTY or invocation_args_dict.get('sample')) and ask('select 1 from ' ~ publications.render() ~ ' limit 1', publications) -%}
        {{ exceptions.raise_compiler_error(
            'NOTHING WAS WRITTEN: --empty and --sample would leave readers views of a part only, and here something is published. Try models out in another schema.'
        ) }}
    {%- endif -%}
{% endmacro %}

{% macro create_publications() %}
    {{- return(adapter.dispatch('create_publications', 'ledger_lake')()) -}}
{% endmacro %}

{% macro default__create_publications() %}{% endmacro %}

{% macro athena__create_publications() %}
    {%- set publications = source('earlier', 'publications') -%}
    {%- if load_relation(publications) is none -%}
        {%- set table = api.Relation.create(
            database=publications.database, schema=publications.schema, identifier=publications.identifier, type='table'
        ) -%}
        {%- set location = adapter.generate_s3_location(table, target.s3_data_dir, target.s3_data_naming) -%}
        {%- do run_query(
            'create table ' ~ table ~ " with (table_type = 'iceberg', is_external = false, format = 'parquet', location = '" ~ location ~ "') as "
            ~ _empty_relation_query(publication_columns())
        ) -%}
        {%- do adapter.cache_added(table) -%}
    {%- endif -%}
{% endmacro %}

{# Takes out of every record what no publication covers. No reader sees it in the meantime. #}
{% macro remove_leftovers() %}
    {{- return(adapter.dispatch('remove_leftovers', 'ledger_lake')()) -}}
{% endmacro %}

{% macro athena__remove_leftovers() %}{% endmacro %}

{% macro duckdb__remove_leftovers() %}
    {%- set publications = source('earlier', 'publications') -%}
    {%- set published = 'select publication_id from ' ~ publications.render() if load_relation(publications) is not none else "select ''" -%}
    {%- for node in graph.nodes.values() if 'record' in node.config.tags and node.name != 'publications' -%}
        {%- set record = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- if load_relation(record) is not none -%}
            {%- do run_query('delete from ' ~ record ~ ' where publication_id not in (' ~ published ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
