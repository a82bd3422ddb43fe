{#
    Whether this build has anything to bring to the balances: an open run, or a report that ends with another month. Where it
    has not, the query that asks is given a condition that is never true, and an engine reads no table for it.
#}
{%- macro something_to_do() -%}
    {{- return(open_runs() | length > 0 or var('report_end_month') is not none) -}}
{%- endmacro %}

{# SQL condition for a test of a table of balances: `dbt build` tests nothing where it had nothing to do. #}
{%- macro balances_to_test() -%}
    {{- 'true' if flags.WHICH != 'build' or something_to_do() else 'false' -}}
{%- endmacro %}
