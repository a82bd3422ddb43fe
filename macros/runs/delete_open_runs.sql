{#
    Pre-hook of every table that is written by run: takes out what an earlier build wrote for runs that are still
    open, so that a build after a broken one, or after a decision on a held run, writes each row once.
#}
{% macro delete_open_runs() %}
    {%- if execute and is_incremental() and open_runs() -%}
        {{ delete_rows(is_open_run()) }}
    {%- endif -%}
{% endmacro %}
