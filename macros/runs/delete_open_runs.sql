{#
    Pre-hook of every table that is written by run: takes out what an earlier build wrote for runs that are still
    open, so that a build after a broken one, or after a decision on a held run, writes each row once. Tables of judgements
    lose rows of runs `to_judge` alone.
#}
{% macro delete_open_runs(to_judge=false) %}
    {%- if execute and is_incremental() and open_runs() -%}
        {{ delete_rows(is_open_run(to_judge=to_judge)) }}
    {%- endif -%}
{% endmacro %}
