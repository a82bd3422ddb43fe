{#
    True where a value is not an ISO 8601 date or date and time in the extended form, of the years 1900 to 2199, with an
    optional offset and at most microseconds: more would be cut off in silence.
#}
{%- macro breaks_timestamp(value) -%}
    {{ value }} <> ''
    and not ({{ regexp_like(value, timestamp_pattern()) }} and {{ date_of_timestamp(value) }} is not null)
{%- endmacro %}

{%- macro timestamp_pattern() -%}
    {{- '^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}'
        ~ '([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?\\z' -}}
{%- endmacro %}

{%- macro date_of_timestamp(value) -%}
    try_cast(substr({{ value }}, 1, 10) as date)
{%- endmacro %}
