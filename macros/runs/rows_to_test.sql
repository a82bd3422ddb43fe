{#
    SQL condition for a test of a table that is written by run: `dbt build` tests the rows of its open runs, which is all
    that it writes; `dbt test` tests every row.
#}
{% macro rows_to_test(column='run_id') %}
    {%- if flags.WHICH == 'build' -%}
        {{ is_open_run(column) }}
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}
