{#
    Athena's work tables stay from build to build, so after a change of code they may lack columns: then they are dropped, and this
    build makes them anew. A build of the former code that is still under way loses its number with them and publishes nothing.
#}
{% macro renew_work_tables() %}
    {{- return(adapter.dispatch('renew_work_tables', 'ledger_lake')()) -}}
{% endmacro %}

{% macro default__renew_work_tables() %}{% endmacro %}

{% macro athena__renew_work_tables() %}
    {%- set checksums = [canonical_columns() | join(' ')] -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type == 'model' -%}
        {%- do checksums.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {%- set code = local_md5(checksums | join(' ')) -%}
    {%- set stated = _relation_named('work_tables_code') -%}
    {%- if (ask('select code from ' ~ stated, stated) or [['']])[0][0] != code -%}
        {#- The number first: without it nothing is published that the other tables say. -#}
        {%- set tables = ['int_this_build'] -%}
        {%- for node in graph.nodes.values()
            if 'work' in node.config.tags and node.config.materialized == 'appended' and node.alias not in tables -%}
            {%- do tables.append(node.alias) -%}
        {%- endfor -%}
        {%- for name in tables -%}
            {%- set table = load_relation(_relation_named(name)) -%}
            {%- if table is not none -%}
                {%- do adapter.drop_relation(table) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do run_query('create or replace view ' ~ stated ~ " as select '" ~ code ~ "' as code") -%}
    {%- endif -%}
{% endmacro %}
