{# True where a stated value is none of the accepted ones. #}
{%- macro breaks_accepted_values(value, accepted_values) -%}
    {{ value }} <> '' and {{ value }} not in ('{{ accepted_values | join("', '") }}')
{%- endmacro %}
