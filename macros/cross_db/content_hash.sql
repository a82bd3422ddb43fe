{# The first 16 bytes of the SHA-256 of a text: enough to tell contents apart, and a quarter of the space of its digits. #}
{%- macro content_hash(expression) -%}
    {{- return(adapter.dispatch('content_hash', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__content_hash(expression) -%}
    unhex(substr(sha256({{ expression }}), 1, 32))
{%- endmacro %}

{%- macro athena__content_hash(expression) -%}
    substr(sha256(to_utf8({{ expression }})), 1, 16)
{%- endmacro %}
