{# The calendar day on which a UTC timestamp falls in an IANA time zone. #}
{%- macro local_date(expression, time_zone) -%}
    {{- return(adapter.dispatch('local_date', 'ledger_lake')(expression, time_zone)) -}}
{%- endmacro %}

{%- macro duckdb__local_date(expression, time_zone) -%}
    cast(((({{ expression }}) at time zone 'UTC') at time zone '{{ time_zone }}') as date)
{%- endmacro %}
