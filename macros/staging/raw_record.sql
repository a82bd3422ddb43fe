{# A row as a CSV record in the contract's column order: what was delivered, ready to be corrected and sent again. #}
{%- macro raw_record(feed) -%}
    {%- set terms = contract(feed) -%}
    {%- set parts = [] -%}
    {%- for name in terms.columns -%}
        {%- set value = 'delivered.' ~ name -%}
        {%- do parts.append(
            "case when " ~ value ~ " is null then ''"
            ~ " when " ~ value ~ " = '' or " ~ regexp_like(value, '[' ~ terms.meta.delimiter ~ '"\\r\\n]')
            ~ " then '\"' || replace(" ~ value ~ ", '\"', '\"\"') || '\"' else " ~ value ~ " end"
        ) -%}
    {%- endfor -%}
    {{ parts | join(" || '" ~ terms.meta.delimiter ~ "' || ") }}
{%- endmacro %}
