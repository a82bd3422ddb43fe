{# A local timestamp of an IANA time zone as a timestamp in UTC. #}
{%- macro utc_from_local(expression, time_zone) -%}
    {{- return(adapter.dispatch('utc_from_local', 'ledger_lake')(expression, time_zone)) -}}
{%- endmacro %}

{%- macro duckdb__utc_from_local(expression, time_zone) -%}
    ((({{ expression }}) at time zone '{{ time_zone }}') at time zone 'UTC')
{%- endmacro %}
