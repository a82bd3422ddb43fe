{# An ISO 8601 date, or date and time, without an offset as a timestamp; between the two stands a T or a blank. #}
{%- macro timestamp_from_iso(expression) -%}
    {{- return(adapter.dispatch('timestamp_from_iso', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__timestamp_from_iso(expression) -%}
    cast({{ expression }} as timestamp)
{%- endmacro %}
