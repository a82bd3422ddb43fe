{# The first value that is not missing in the window. #}
{%- macro first_known(expression, window) -%}
    {{- return(adapter.dispatch('first_known', 'ledger_lake')(expression, window)) -}}
{%- endmacro %}

{%- macro duckdb__first_known(expression, window) -%}
    first_value({{ expression }} ignore nulls) over ({{ window }})
{%- endmacro %}
