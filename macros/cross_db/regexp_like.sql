{# True where the pattern occurs anywhere in the text. End a whole-text pattern with \z, never with $. #}
{%- macro regexp_like(expression, pattern) -%}
    {{- return(adapter.dispatch('regexp_like', 'ledger_lake')(expression, pattern)) -}}
{%- endmacro %}

{%- macro duckdb__regexp_like(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}
