{#
    SHA-256 of a row's content: every column of the contract, in its order. It is taken of the encoded text of the raw part,
    in which no value holds a line feed, so that no two contents are one text; a missing value counts as an empty one.
#}
{%- macro row_hash(feed) -%}
    {%- set parts = [] -%}
    {%- for name in contract(feed).columns -%}
        {%- do parts.append("coalesce(nullif(landed." ~ name ~ ", '\\N'), '')") -%}
    {%- endfor -%}
    {{ sha256_hex(parts | join(" || chr(10) || ")) }}
{%- endmacro %}
