{%- set columns = [
    'run_id', 'kind', 'feed', 'file_name', 'sha256', 'bytes', 'rows_delivered', 'rows_landed', 'rows_malformed',
    'contract_version', 'contract_columns', 'loader_version', 'started_at', 'known_at', 'ingest_date',
] %}
with

delivered as (

    select * from {{ ref('stg_runs') }}

),

files as (

    select
        *,
        'file' as kind
    from delivered

),

-- The moments at which rows that were set aside are judged again: what was decided then, and rules that hold since.
moments as (

    select
        delivered.feed,
        {{ utc_from_iso_offset('decisions.decided_at') }} as known_at,
        'decisions' as kind
    from {{ ref('quarantine_decisions') }} as decisions
    inner join delivered
        on decisions.run_id = delivered.run_id
    {% if is_incremental() -%}
    union all
    {{ changed_rules() }}
    {%- endif %}

),

known_before as (
    {% if is_incremental() %}
    select
        feed,
        max(known_at) as known_at
    from {{ this }}
    group by feed
    {% else %}
    select
        feed,
        known_at
    from delivered
    where false
    {% endif %}
),

-- One replay of a feed and moment; rules cover decisions. What is published is not judged differently afterwards.
replays as (

    select
        {{ run_time('moments.known_at') }} || '-' || moments.feed || '-replay' as run_id,
        max(moments.kind) as kind,
        moments.feed,
        moments.known_at
    from moments
    left join known_before
        on moments.feed = known_before.feed
    where moments.known_at <= {{ build_time() }}
        and (known_before.feed is null or moments.known_at > known_before.known_at)
    group by moments.feed, moments.known_at

),

runs as (

    select {{ columns | join(', ') }} from files
    union all
    select
        run_id,
        kind,
        feed,
        'replay' as file_name,
        {{ sha256_hex('run_id') }} as sha256,
        cast(0 as bigint) as bytes,
        cast(null as bigint) as rows_delivered,
        cast(null as bigint) as rows_landed,
        cast(0 as bigint) as rows_malformed,
        cast(null as bigint) as contract_version,
        {{ contract_columns('feed') }} as contract_columns,
        cast(null as varchar) as loader_version,
        known_at as started_at,
        known_at,
        cast(known_at as date) as ingest_date
    from replays
    where {{ contract_value('feed', 'kind', 'varchar') }} = 'entries'

)

select {{ columns | join(', ') }} from runs
{% if is_incremental() -%}
where run_id not in (select known.run_id from {{ this }} as known)
{%- endif %}
