{# A timestamp in UTC as run ids begin: 20240203T060000000000Z. It has whole seconds. #}
{%- macro run_time(expression) -%}
    {{- return(adapter.dispatch('run_time', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__run_time(expression) -%}
    strftime({{ expression }}, '%Y%m%dT%H%M%S000000Z')
{%- endmacro %}

{%- macro athena__run_time(expression) -%}
    date_format({{ expression }}, '%Y%m%dT%H%i%s000000Z')
{%- endmacro %}
