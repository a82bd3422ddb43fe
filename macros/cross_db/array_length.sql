{# Number of elements of an array. #}
{%- macro array_length(expression) -%}
    {{- return(adapter.dispatch('array_length', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__array_length(expression) -%}
    len({{ expression }})
{%- endmacro %}
