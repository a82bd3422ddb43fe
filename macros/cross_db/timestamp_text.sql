{# A timestamp as text, with microseconds: 2024-02-29 23:59:59.000000. #}
{%- macro timestamp_text(expression) -%}
    {{- return(adapter.dispatch('timestamp_text', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__timestamp_text(expression) -%}
    strftime({{ expression }}, '%Y-%m-%d %H:%M:%S.%f')
{%- endmacro %}

{%- macro athena__timestamp_text(expression) -%}
    cast(cast({{ expression }} as timestamp(6)) as varchar)
{%- endmacro %}
