{# Array of the given texts without the missing ones, in their order. #}
{%- macro compact_array(expressions) -%}
    {{- return(adapter.dispatch('compact_array', 'ledger_lake')(expressions)) -}}
{%- endmacro %}

{%- macro duckdb__compact_array(expressions) -%}
    list_filter(array[{{ expressions | join(', ') }}], lambda element: element is not null)
{%- endmacro %}
