{# An array of texts without any. #}
{%- macro empty_text_array() -%}
    {{- return(adapter.dispatch('empty_text_array', 'ledger_lake')()) -}}
{%- endmacro %}

{%- macro duckdb__empty_text_array() -%}
    cast([] as varchar[])
{%- endmacro %}
