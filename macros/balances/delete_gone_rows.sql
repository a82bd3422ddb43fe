{#
    Pre-hook of a table of balances: takes out the rows that the macro named by `config.meta.gone_rows` selects. Where a build
    has nothing to do there is nothing to look for.
#}
{% macro delete_gone_rows() %}
    {%- if execute and is_incremental() and something_to_do() -%}
        {%- set key = config.get('unique_key') | join(', ') -%}
        {{ delete_rows('(' ~ key ~ ') in (select ' ~ key ~ ' from (' ~ context[model.config.meta.gone_rows]() ~ ') as gone)') }}
    {%- endif -%}
{% endmacro %}
