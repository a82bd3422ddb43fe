{# SHA-256 of a row's content: every column of the contract, in its order, quoted so that no two contents are one text. #}
{%- macro row_hash(feed) -%}
    {%- set parts = [] -%}
    {%- for name in contract(feed).columns -%}
        {%- do parts.append("'\"' || replace(coalesce(delivered." ~ name ~ ", ''), '\"', '\"\"') || '\"'") -%}
    {%- endfor -%}
    {{ sha256_hex(parts | join(" || ',' || ")) }}
{%- endmacro %}
