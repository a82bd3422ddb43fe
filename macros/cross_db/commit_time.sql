{# The engine's time in UTC when the statement runs. #}
{%- macro commit_time() -%}
    {{- return(adapter.dispatch('commit_time', 'ledger_lake')()) -}}
{%- endmacro %}

{%- macro duckdb__commit_time() -%}
    (current_timestamp at time zone 'UTC')
{%- endmacro %}

{%- macro athena__commit_time() -%}
    cast(at_timezone(current_timestamp, 'UTC') as timestamp(6))
{%- endmacro %}
