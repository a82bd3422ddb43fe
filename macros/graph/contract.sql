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
        {%- set meta = {'quarantine_limit': 0.05, 'balance_tolerance': '0', 'earliest_date': '1990-01-01'} -%}
        {%- do meta.update(source.config.meta) -%}
        {#- YAML makes a date of it, of which there is no JSON. -#}
        {%- do meta.update({'earliest_date': meta.earliest_date | string}) -%}
        {%- do _refuse_unknown_keys(source, 'config.meta', source.config.meta, _contract_keys().table) -%}
        {%- for key in ['kind', 'delimiter', 'quote', 'business_key', 'time_zone'] if key not in meta -%}
            {{ exceptions.raise_compiler_error(_contract_fault(source, 'config.meta has no ' ~ key)) }}
        {%- endfor -%}
        {%- if meta.kind not in _contract_keys().kinds -%}
            {{ exceptions.raise_compiler_error(_contract_fault(source, 'config.meta is of no known kind')) }}
        {%- endif -%}
        {%- set columns = {} -%}
        {%- for name, column in source.columns.items() -%}
            {%- do _refuse_unknown_keys(source, 'column ' ~ name, column.config.meta, _contract_keys().column) -%}
            {%- if column.config.meta.type not in _contract_keys().types -%}
                {{ exceptions.raise_compiler_error(_contract_fault(source, 'column ' ~ name ~ ' is of no known type')) }}
            {%- endif -%}
            {%- do columns.update({name: column.config.meta}) -%}
        {%- endfor -%}
        {{ return({'meta': meta, 'columns': columns}) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(
        "contract: no source table raw." ~ feed ~ "; write models/staging/" ~ feed ~ "/_" ~ feed
        ~ "__sources.yml or remove models/staging/" ~ feed
    ) }}
{% endmacro %}

{% macro _contract_written_down(feed) %}
    {%- set rows = run_query("select contract from " ~ _feed_contracts() ~ " where feed = '" ~ feed ~ "'").rows -%}
    {%- if not rows -%}
        {{ exceptions.raise_compiler_error("contract: no feed '" ~ feed ~ "' in " ~ _feed_contracts()
            ~ "; dbt build writes down every feed that has a contract there") }}
    {%- endif -%}
    {{ return(fromjson(rows[0][0])) }}
{% endmacro %}

{# What a contract may say. The loader refuses a contract with anything else too, and tells what was meant. #}
{% macro _contract_keys() %}
    {{ return({
        'table': [
            'kind', 'contract_version', 'file_patterns', 'delimiter', 'quote', 'encoding', 'skip_rows', 'header_row_count', 'footer',
            'preamble', 'file_name', 'trim', 'extra_columns', 'null', 'decimal_char', 'group_char', 'grouping', 'negative', 'symbol',
            'pass_over', 'business_key', 'occurrence', 'amount', 'positive', 'balance', 'balance_stated', 'opening_balance', 'order',
            'delivery_calendar', 'quarantine_limit', 'code_limit', 'time_zone', 'currency', 'balance_tolerance', 'earliest_date',
        ],
        'column': [
            'header', 'titles', 'position', 'type', 'required', 'accepted_values', 'unsigned', 'pattern', 'default', 'carry', 'extract',
            'null', 'values', 'decimal_char', 'group_char', 'grouping', 'negative', 'symbol', 'format', 'century', 'indicator',
        ],
        'kinds': ['entries', 'reference'],
        'types': ['id', 'text', 'decimal', 'timestamp', 'date', 'currency'],
    }) }}
{% endmacro %}

{% macro _refuse_unknown_keys(source, place, meta, known) %}
    {%- for key in meta if key not in known -%}
        {{ exceptions.raise_compiler_error(_contract_fault(source, place ~ ' has an unknown key ' ~ key)) }}
    {%- endfor -%}
{% endmacro %}

{% macro _contract_fault(source, fault) %}
    {{ return('contract: raw.' ~ source.name ~ ' (' ~ source.original_file_path ~ '): ' ~ fault
        ~ '; run loader feeds, which checks every contract') }}
{% endmacro %}
