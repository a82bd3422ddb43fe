{# The type of an array of texts. #}
{%- macro text_array_type() -%}
    {{- return(adapter.dispatch('text_array_type', 'ledger_lake')()) -}}
{%- endmacro %}

{%- macro duckdb__text_array_type() -%}
    varchar[]
{%- endmacro %}

{%- macro athena__text_array_type() -%}
    array(varchar)
{%- endmacro %}
