-- One row per build that changed what readers see. It is the last table of a build and the one that readers' views ask: with this row
-- everything that the build wrote is published, without it nothing. Every audit runs before it.
-- depends_on: {{ ref('int_month_end_faults') }}
-- depends_on: {{ ref('file_money') }}
-- depends_on: {{ ref('day_breaks') }}
-- depends_on: {{ ref('rejection_codes') }}
{{ config(
    incremental_strategy='merge' if target.type == 'athena' else 'append',
    unique_key='previous_publication_id',
    update_condition='false',
) }}
{%- set left_out = left_out() %}
{%- do stop_if_retried(left_out) %}
{%- do say_what_is_left_out(left_out) %}
{%- do say_how_many_files_wait() %}
with

this_build as (
    {{ rows_of(ref('int_this_build')) }}
),

counted as (
    {% for name in [
        'decisions', 'closes', 'file_evaluations', 'row_changes', 'accepted_rows', 'set_aside_rows', 'account_records', 'month_end_versions',
        'close_certificates',
    ] %}
    select
        '{{ name }}' as record,
        count(*) as row_count
    from {{ ref(name) }}
    where publication_id = {{ publication_id() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counts as (

    select
        sum(row_count) as record_count,
        sum(case when record = 'file_evaluations' then row_count else 0 end) as file_count,
        sum(case when record in ('accepted_rows', 'set_aside_rows', 'account_records') then row_count else 0 end) as row_count,
        sum(case when record = 'month_end_versions' then row_count else 0 end) as version_count
    from counted

),

-- A changed hash of code is something to publish, even if no row is.
changed_code as (

    select count(*) as feed_count
    from {{ ref('publication_feeds') }} as feeds
    left join {{ ref('earlier_feeds') }} as earlier
        on feeds.feed = earlier.feed
    where feeds.publication_id = {{ publication_id() }}
        and (
            feeds.evaluation_hash is distinct from earlier.evaluation_hash
            or feeds.balances_hash is distinct from earlier.balances_hash
        )

)

select
    this_build.publication_id,
    this_build.publication_number,
    this_build.previous_publication_id,
    cast({{ published_at('this_build') }} as timestamp(6)) as published_at,
    cast({{ sql_text(env_var('LEDGER_LAKE_CLOCK', '')) }} as varchar) as clock,
    cast({{ sql_text(env_var('LEDGER_LAKE_CODE_VERSION', 'not stated')) }} as varchar) as project_version,
    cast('{{ invocation_id }}' as varchar) as invocation_id,
    cast({{ sql_text(target.name) }} as varchar) as target_name,
    cast({{ sql_text(env_var('USER', 'not stated')) }} as varchar) as published_by,
    cast(counts.file_count as bigint) as file_count,
    cast(counts.row_count as bigint) as row_count,
    cast(counts.version_count as bigint) as version_count
from this_build
cross join counts
cross join changed_code
where {{ 'false' if left_out else 'true' }}
    and (counts.record_count > 0 or changed_code.feed_count > 0)
