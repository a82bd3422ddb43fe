{# The array with only the first of equal elements, in their order. #}
{%- macro array_without_repeats(expression) -%}
    {{- return(adapter.dispatch('array_without_repeats', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__array_without_repeats(expression) -%}
    list_select(
        {{ expression }},
        list_filter(
            range(1, len({{ expression }}) + 1),
            lambda position: list_position({{ expression }}, {{ expression }}[position]) = position
        )
    )
{%- endmacro %}
