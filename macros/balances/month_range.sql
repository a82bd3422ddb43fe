{#
    The first days of a range of months, YYYY-MM, as date literals: an engine reads the partitions of literal months only.
#}
{% macro month_range(first_month, last_month) %}
    {%- set months = [] -%}
    {%- set first = (first_month[:4] | int) * 12 + (first_month[5:7] | int) - 1 -%}
    {%- set last = (last_month[:4] | int) * 12 + (last_month[5:7] | int) - 1 -%}
    {%- for number in range(first, last + 1) -%}
        {%- do months.append("date '%04d-%02d-01'" | format(number // 12, number % 12 + 1)) -%}
    {%- endfor -%}
    {{ return(months) }}
{% endmacro %}
