{# A 64-bit hash of a text: equal texts have equal ones, and few others do. It is stored nowhere beyond a build.
   The text must not be missing: the engines' hashes of NULL differ. #}
{%- macro number_hash(expression) -%}
    {{- return(adapter.dispatch('number_hash', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__number_hash(expression) -%}
    cast(hash({{ expression }}) >> 1 as bigint)
{%- endmacro %}

{%- macro athena__number_hash(expression) -%}
    from_big_endian_64(xxhash64(to_utf8({{ expression }})))
{%- endmacro %}
