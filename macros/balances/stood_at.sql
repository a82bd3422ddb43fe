{# Condition: a version of month_end_balance_versions is what was known at a moment. #}
{%- macro stood_at(version, moment) -%}
    {{ moment }} >= {{ version }}.known_from and ({{ version }}.known_to is null or {{ moment }} < {{ version }}.known_to)
{%- endmacro %}
