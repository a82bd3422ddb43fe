{% snapshot published_balances_snapshot %}
-- Published is what the checks of balances and versions have let through.
-- depends_on: {{ ref('month_end_balance_versions') }}
-- What a build has touched is asked for from the second one on.
-- depends_on: {{ ref('int_entries_classified') }}
-- depends_on: {{ ref('int_version_candidates') }}

{#- A build compares what it may have changed: the accounts of its runs, months that it reports for the first time, and
    what a build that broke off has published of the same runs. `dbt snapshot` compares all that published runs say. -#}
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set of_either = [] %}
{%- for column in account_month %}
{%- do of_either.append('coalesce(versions.' ~ column ~ ', standing.' ~ column ~ ')') %}
{%- endfor %}
{%- set is_alone = flags.WHICH == 'snapshot' %}
{%- set is_kept = execute and load_relation(this) is not none %}
{%- set is_whole = is_alone or not is_kept or every_run_is_open() %}
{%- set is_touched %}
(
    ({{ account | join(', ') }}) in (select {{ account | join(', ') }} from touched_accounts)
    or ({{ account_month | join(', ') }}) in (select {{ account_month | join(', ') }} from touched_months)
)
{%- endset %}
with

{% if not is_whole -%}
touched_accounts as (

    select distinct {{ account | join(', ') }} from {{ ref('int_entries_classified') }}
    where {{ is_open_run() }}

),

touched_months as (

    select {{ account_month | join(', ') }} from {{ ref('int_version_candidates') }}
    union distinct
    select {{ account_month | join(', ') }} from {{ this }}
    where dbt_valid_to is null
        and {{ is_open_run() }}

),
{%- endif %}

versions as (

    select * from {{ ref('int_month_end_balance_versions') }}
    {% if is_alone -%}
    where not {{ is_open_run() }}
    {%- elif not is_whole -%}
    where {{ is_touched }}
    {%- endif %}

),

standing as (

    {% if is_kept -%}
    select
        {{ account_month | join(', ') }},
        balance,
        known_until
    from {{ this }}
    where dbt_valid_to is null
    {%- if not is_whole %}
        and {{ is_touched }}
    {%- endif %}
    {%- else -%}
    select
        {{ account_month | join(', ') }},
        balance,
        known_from as known_until
    from versions
    where false
    {%- endif %}

),

-- Only a build of all runs reads again what was published before; for any other one it stands.
compared as (

    select
        {% for column in account_month -%}
        {{ of_either[loop.index0] }} as {{ column }},
        {% endfor -%}
        max_by(versions.balance, versions.known_from) as balance,
        max_by(versions.basis, versions.known_from) as basis,
        max_by(versions.is_proven, versions.known_from) as is_proven,
        max_by(versions.run_id, versions.known_from) as run_id,
        {% if is_whole -%}
        max_by(versions.balance, versions.known_from) filter (where versions.known_from <= standing.known_until)
        {%- else -%}
        max(standing.balance)
        {%- endif %} as previous_restated
    from versions
    {{ 'left' if is_alone else 'full outer' }} join standing
        on {{ same(account_month, 'versions', 'standing') }}
    group by {{ of_either | join(', ') }}

),

commits as (

    select
        feed,
        max(known_at) as known_until
    from {{ ref('run_gate') }}
    where verdict = 'passed'
    {%- if is_alone %}
        and not {{ is_open_run() }}
    {%- endif %}
    group by feed

)

select
    compared.*,
    commits.known_until,
    cast({{ sql_text(env_var('LEDGER_LAKE_CODE_VERSION', 'not stated')) }} as varchar) as code_version,
    {{ build_time() }} as published_at
from compared
left join commits
    on compared.feed = commits.feed
{{ 'where false' if flags.WHICH == 'build' and is_kept and not open_runs() }}
{% endsnapshot %}
