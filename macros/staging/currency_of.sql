{# The currency of a feed's rows: its column of type currency, else the one that the contract names. #}
{%- macro currency_of(feed) -%}
    {%- set terms = contract(feed) -%}
    {%- for name, column in terms.columns.items() if column.type == 'currency' -%}
        {{- return("delivered." ~ name) -}}
    {%- endfor -%}
    {{- return("'" ~ terms.meta.currency ~ "'") -}}
{%- endmacro %}

