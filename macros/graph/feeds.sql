{#
    The feeds in the order of their names: every source table `raw.<feed>` whose contract states a kind. dbt gives a unit
    test no graph: there they are what create_feed_contracts wrote down. While dbt only parses there are none.
#}
{% macro feeds() %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- if not graph -%}
        {{ return(run_query('select feed from ' ~ _feed_contracts() ~ ' order by feed').columns[0].values() | list) }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for source in graph.sources.values() if source.source_name == 'raw' and source.config.meta.get('kind') -%}
        {%- do names.append(source.name) -%}
    {%- endfor -%}
    {{ return(names | sort) }}
{% endmacro %}
