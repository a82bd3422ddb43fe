{# SHA-256 of a text as 64 lower-case hexadecimal digits. #}
{%- macro sha256_hex(expression) -%}
    {{- return(adapter.dispatch('sha256_hex', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__sha256_hex(expression) -%}
    sha256({{ expression }})
{%- endmacro %}
