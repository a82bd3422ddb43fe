{# A delivered number as decimal(24, 4); NULL unless the text is a plain decimal number. #}
{%- macro to_decimal(value) -%}
    case when {{ regexp_like(value, decimal_pattern()) }} then cast({{ value }} as decimal(24, 4)) end
{%- endmacro %}
