{# True where an id begins or ends with a blank or holds a control character: it would not join to what it names. #}
{%- macro breaks_id(value) -%}
    {{ regexp_like(value, '^ | \\z|[\\x00-\\x1f\\x7f]') }}
{%- endmacro %}
