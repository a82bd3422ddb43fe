{% snapshot accounts_snapshot %}
{#- A build that brings no accounts has nothing to compare; `dbt snapshot` compares everything. -#}
{%- set nothing_new = execute and flags.WHICH == 'build' and load_relation(this) is not none
    and not (open_runs() | selectattr('feed', 'equalto', 'accounts') | list) %}
select * from {{ ref('accounts') }}
{{ 'where false' if nothing_new }}
{% endsnapshot %}
