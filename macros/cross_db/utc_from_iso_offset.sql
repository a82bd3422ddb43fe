{# An ISO 8601 text with an offset as a timestamp in UTC. #}
{%- macro utc_from_iso_offset(expression) -%}
    {{- return(adapter.dispatch('utc_from_iso_offset', 'ledger_lake')(expression)) -}}
{%- endmacro %}

{%- macro duckdb__utc_from_iso_offset(expression) -%}
    (cast({{ expression }} as timestamptz) at time zone 'UTC')
{%- endmacro %}
