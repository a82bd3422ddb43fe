{# Joins each row to the first days of the months from first_month to last_month, both included. #}
{%- macro unnest_months(first_month, last_month, alias) -%}
    {{- return(adapter.dispatch('unnest_months', 'ledger_lake')(first_month, last_month, alias)) -}}
{%- endmacro %}

{%- macro duckdb__unnest_months(first_month, last_month, alias) -%}
    cross join lateral (
        select cast(series.month as date) as month
        from unnest(generate_series(cast({{ first_month }} as timestamp), cast({{ last_month }} as timestamp), interval 1 month)) as series (month)
    ) as {{ alias }}
{%- endmacro %}
