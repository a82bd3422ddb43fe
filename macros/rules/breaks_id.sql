{# True where an id begins or ends with a blank or another character that is not seen: it would not join to what it names. #}
{%- macro breaks_id(value) -%}
    {{ regexp_like(value, '^[\\x00-\\x20\\x7f]|[\\x00-\\x20\\x7f]\\z') }}
{%- endmacro %}
