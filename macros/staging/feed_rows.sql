{# Select of the canonical columns of a feed's staging model. #}
{% macro feed_rows(relation) -%}
    select {{ canonical_columns() | join(', ') }} from {{ relation }}
{%- endmacro %}
