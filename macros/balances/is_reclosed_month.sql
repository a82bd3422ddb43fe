{#
    SQL condition: the month, a column by which a table is partitioned, is not before the first one in which an account is
    closed again. The month is a literal, so that an engine leaves out what lies before; from which day on each account is
    closed, the query says itself.

    `accounts` is a select with `reclose_from`. In a unit test, which dbt gives no table to ask, no month is left out.
#}
{% macro is_reclosed_month(month, accounts) %}
    {%- if not execute or not graph or not something_to_do() -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set first_day = run_query('select cast(min(reclose_from) as varchar) from (' ~ accounts ~ ') as accounts').rows[0][0] -%}
    {{ return(month ~ " >= date '" ~ first_day[:7] ~ "-01'" if first_day else 'false') }}
{% endmacro %}
