-- One row per build that changed what readers see. It is the last table of a build and the one that readers' views ask:
-- with this row everything that the build wrote is published, without it nothing. Every audit runs before it. On Athena
-- of all builds that follow the same publication the first one publishes, and no other.
-- depends_on: {{ ref('int_this_build') }}
-- depends_on: {{ ref('int_month_end_faults') }}
-- depends_on: {{ ref('int_month_ends_not_the_banks') }}
-- depends_on: {{ ref('file_money') }}
-- depends_on: {{ ref('day_breaks') }}
-- depends_on: {{ ref('figures_told') }}
-- depends_on: {{ ref('rejection_codes') }}
{{ config(
    materialized='incremental',
    incremental_strategy='merge' if target.type == 'athena' else 'append',
    unique_key='previous_publication_id',
    update_condition='false',
) }}
{%- set left_out = left_out() %}
{%- do stop_if_retried(left_out) %}
{%- do say_what_is_left_out(left_out) %}
{%- do say_how_many_files_wait() %}
{%- set columns = [] %}
{%- for name, type in publication_columns().items() %}
{%- do columns.append('cast(' ~ name ~ ' as ' ~ type ~ ') as ' ~ name) %}
{%- endfor %}
with

publication as (

    select
        *,
        {{ sql_text(env_var('LEDGER_LAKE_CLOCK', '')) }} as clock,
        {{ sql_text(env_var('LEDGER_LAKE_CODE_VERSION', 'not stated')) }} as project_version,
        '{{ invocation_id }}' as invocation_id,
        {{ sql_text(target.name) }} as target_name,
        {{ sql_text(env_var('USER', 'not stated')) }} as published_by
    from {{ ref('int_publication') }}

)

select
    {{ columns | join(',\n    ') }}
from publication
where is_complete
    and {{ 'false' if left_out else 'true' }}
