{#
    Before the first model runs: refuses what would harm a warehouse, states its layout, makes the raw tables readable (DuckDB), writes
    the contracts down for unit tests, and takes out what builds wrote that published nothing (DuckDB, which has one writer; on Athena
    a build may be under way, and an upkeep command does it).
#}
{% macro prepare_build() %}
    {%- if execute -%}
        {%- do require_layout() -%}
        {%- do _refuse_samples() -%}
        {%- do stop_if_as_of_is_late() -%}
        {%- do state_layout() -%}
        {%- do create_raw_views() -%}
        {%- do create_feed_contracts() -%}
        {%- if flags.WHICH in ('build', 'run') -%}
            {%- do remove_leftovers() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro _refuse_samples() %}
    {%- if (flags.EMPTY or invocation_args_dict.get('sample')) and load_relation(source('earlier', 'publications')) is not none -%}
        {{ exceptions.raise_compiler_error(
            'NOTHING WAS WRITTEN: --empty and --sample would leave readers views of a part only, and here something is published. Try models out in another schema.'
        ) }}
    {%- endif -%}
{% endmacro %}

{# Takes out of every record what no publication covers. No reader sees it in the meantime. #}
{% macro remove_leftovers() %}
    {{- return(adapter.dispatch('remove_leftovers', 'ledger_lake')()) -}}
{% endmacro %}

{% macro athena__remove_leftovers() %}{% endmacro %}

{% macro duckdb__remove_leftovers() %}
    {%- set publications = source('earlier', 'publications') -%}
    {%- set published = 'select publication_id from ' ~ publications if load_relation(publications) is not none else "select ''" -%}
    {%- for node in graph.nodes.values() if 'record' in node.config.tags and node.name != 'publications' -%}
        {%- set record = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- if load_relation(record) is not none -%}
            {%- do run_query('delete from ' ~ record ~ ' where publication_id not in (' ~ published ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
