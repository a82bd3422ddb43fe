{# The last value that is not missing in the window. #}
{%- macro last_known(expression, window) -%}
    {{- return(adapter.dispatch('last_known', 'ledger_lake')(expression, window)) -}}
{%- endmacro %}

{%- macro duckdb__last_known(expression, window) -%}
    last_value({{ expression }} ignore nulls) over ({{ window }})
{%- endmacro %}
