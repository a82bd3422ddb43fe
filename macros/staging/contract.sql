{#
    The contract of a feed as dbt read it from models/staging/<feed>/_<feed>__sources.yml.

    Returns a mapping with `meta` (the table's meta) and `columns` (name -> the column's meta, in contract order); while
    dbt only parses, both are empty.
#}
{% macro contract(feed) %}
    {%- if not execute -%}
        {{ return({'meta': {}, 'columns': {}}) }}
    {%- endif -%}
    {%- for source in graph.sources.values() if source.source_name == 'raw' and source.name == feed -%}
        {%- set columns = {} -%}
        {%- for name, column in source.columns.items() -%}
            {%- do columns.update({name: column.config.meta}) -%}
        {%- endfor -%}
        {{ return({'meta': source.config.meta, 'columns': columns}) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(
        "contract: no source table raw." ~ feed ~ "; write models/staging/" ~ feed ~ "/_" ~ feed
        ~ "__sources.yml or take '" ~ feed ~ "' out of the variable feeds in dbt_project.yml"
    ) }}
{% endmacro %}
