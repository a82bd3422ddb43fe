{#
    Opens every run again when a build starts from nothing, so that a full refresh that breaks off is finished by the next
    build.
#}
{% macro reopen_runs() %}
    {%- if execute and flags.FULL_REFRESH and flags.WHICH in ('build', 'run') -%}
        {%- set done = _relation_of('run_reconciliation') -%}
        {%- if done is not none -%}
            {%- do run_query('delete from ' ~ done) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
