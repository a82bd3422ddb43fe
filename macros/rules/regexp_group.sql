{# What a group of the pattern holds of the text; NULL where that is nothing, or where the pattern does not occur. #}
{%- macro regexp_group(expression, pattern, group=1) -%}
    nullif(regexp_extract({{ expression }}, {{ sql_text(pattern) }}, {{ group }}), '')
{%- endmacro %}
