{# True where a number is stated and the text beside it means neither money in nor money out. #}
{%- macro breaks_indicator(value, indicated_by, indicator) -%}
    {{ value }} <> '' and {{ indicated_by }} not in ({{ _literals(indicator['in'] + indicator.out) }})
{%- endmacro %}
