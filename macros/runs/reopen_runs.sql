{#
    Opens every run again when a build starts from nothing, so that a full refresh that breaks off is finished by the next
    build. What the table counted stands until that build says otherwise.
#}
{% macro reopen_runs() %}
    {%- if execute and flags.FULL_REFRESH and flags.WHICH in ('build', 'run') -%}
        {%- set done = _relation_of('run_reconciliation') -%}
        {%- if done is not none -%}
            {%- do run_query('update ' ~ done ~ " set verdict = 'reopened' where verdict = 'published'") -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
