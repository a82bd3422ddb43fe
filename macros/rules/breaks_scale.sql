{#
    True where a decimal number states a fraction that its currency does not have: digits other than trailing zeros beyond
    the minor units of ISO 4217 (two for EUR, none for JPY, three for KWD).
#}
{%- macro breaks_scale(value, minor_units, unsigned=false) -%}
    {{ regexp_like(value, decimal_pattern(unsigned)) }}
    and length(split_part({{ value }}, '.', 2)) > {{ minor_units }}
    and length(regexp_replace(split_part({{ value }}, '.', 2), '0+\z', '')) > {{ minor_units }}
{%- endmacro %}
