{#
    The contract of a feed as dbt read it from models/staging/<feed>/_<feed>__sources.yml.

    Returns a mapping with `meta` (the table's meta) and `columns` (name -> the column's meta, in contract order); while
    dbt only parses, both are empty. dbt gives a unit test no graph: there it is what create_feed_contracts wrote down.
#}
{% macro contract(feed) %}
    {%- if not execute -%}
        {{ return({'meta': {}, 'columns': {}}) }}
    {%- endif -%}
    {%- if not graph -%}
        {{ return(_contract_written_down(feed)) }}
    {%- endif -%}
    {%- for source in graph.sources.values() if source.source_name == 'raw' and source.name == feed -%}
        {%- set meta = {'quarantine_limit': 0.05, 'balance_tolerance': '0'} -%}
        {%- do meta.update(source.config.meta) -%}
        {%- for key in ['kind', 'delimiter', 'quote', 'business_key', 'time_zone'] if key not in meta -%}
            {{ exceptions.raise_compiler_error(
                "contract: raw." ~ feed ~ " has no " ~ key ~ " in config.meta (" ~ source.original_file_path
                ~ "); run loader feeds, which checks every contract"
            ) }}
        {%- endfor -%}
        {%- set columns = {} -%}
        {%- for name, column in source.columns.items() -%}
            {%- do columns.update({name: column.config.meta}) -%}
        {%- endfor -%}
        {{ return({'meta': meta, 'columns': columns}) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(
        "contract: no source table raw." ~ feed ~ "; write models/staging/" ~ feed ~ "/_" ~ feed
        ~ "__sources.yml or take '" ~ feed ~ "' out of the variable feeds in dbt_project.yml"
    ) }}
{% endmacro %}

{% macro _contract_written_down(feed) %}
    {%- set rows = run_query("select contract from " ~ _feed_contracts() ~ " where feed = '" ~ feed ~ "'").rows -%}
    {%- if not rows -%}
        {{ exceptions.raise_compiler_error("contract: no feed '" ~ feed ~ "' in " ~ _feed_contracts()
            ~ "; it holds the feeds of the variable feeds in dbt_project.yml, and dbt build writes it") }}
    {%- endif -%}
    {{ return(fromjson(rows[0][0])) }}
{% endmacro %}
