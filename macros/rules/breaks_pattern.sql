{# True where a value is stated and is not, from its first character to its last, what the pattern describes. #}
{%- macro breaks_pattern(value, pattern) -%}
    {{ value }} <> '' and not {{ regexp_like(value, whole(pattern)) }}
{%- endmacro %}

{# The pattern of a contract for a whole cell. #}
{%- macro whole(pattern) -%}
    {{- '^(?:' ~ pattern ~ ')\\z' -}}
{%- endmacro %}
