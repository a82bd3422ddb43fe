{# The calendar day on which a UTC timestamp falls in the time zone, IANA, that an expression names. #}
{%- macro local_date_in(expression, time_zone) -%}
    {{- return(adapter.dispatch('local_date_in', 'ledger_lake')(expression, time_zone)) -}}
{%- endmacro %}

{%- macro duckdb__local_date_in(expression, time_zone) -%}
    cast(((({{ expression }}) at time zone 'UTC') at time zone {{ time_zone }}) as date)
{%- endmacro %}

{%- macro athena__local_date_in(expression, time_zone) -%}
    cast(at_timezone(with_timezone({{ expression }}, 'UTC'), {{ time_zone }}) as date)
{%- endmacro %}
