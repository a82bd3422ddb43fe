{% snapshot accounts_snapshot %}
{#- A build that brings no accounts has nothing to compare; `dbt snapshot` compares everything. -#}
{%- set is_kept = execute and load_relation(this) is not none %}
{%- set nothing_new = is_kept and flags.WHICH == 'build'
    and not (open_runs() | selectattr('feed', 'equalto', 'accounts') | list) %}
select
    accounts.account_id,
    accounts.currency,
    accounts.opened_on,
    accounts.closed_on,
    accounts.status,
    {% if is_kept -%}
    -- What changed code makes of the same deliveries follows what was made of them before.
    cast(
        case
            when standing.dbt_valid_from >= accounts.changed_at
                then {{ dbt.dateadd('millisecond', 1, 'standing.dbt_valid_from') }}
            else accounts.changed_at
        end as timestamp(6)
    ) as changed_at,
    {%- else -%}
    accounts.changed_at,
    {%- endif %}
    accounts.known_at,
    accounts.run_id
from {{ ref('accounts') }} as accounts
{% if is_kept -%}
left join {{ this }} as standing
    on accounts.account_id = standing.account_id
        and standing.dbt_valid_to is null
{% endif -%}
{{ 'where false' if nothing_new }}
{% endsnapshot %}
