-- The rows that contest a key with others, or on which something was decided, with what was decided last.
-- depends_on: {{ ref('earlier_rows') }}
-- depends_on: {{ ref('int_files_to_evaluate') }}
-- depends_on: {{ ref('int_feeds') }}
{%- set key = ['feed', 'business_key', 'scope'] %}
{%- set has_history = is_after_another_build(ref('int_this_build')) %}
with

new_rows as (
    {{ rows_of(ref('int_claims')) }}
),

files as (

    select
        file_id,
        feed,
        delivery_number,
        ingest_date
    from {{ ref('stg_files') }}

),

row_decisions as (

    select * from {{ ref('int_row_decisions') }}
    where publication_id = {{ publication_id() }}

),

rows_decided as (

    select distinct
        file_id,
        row_number
    from row_decisions

),

last_decisions as (

    select
        file_id,
        row_number,
        max_by(decision, decided_at_utc) as decision,
        max(decided_at_utc) as decided_at
    from row_decisions
    group by file_id, row_number

),

file_decisions as (

    select
        file_id,
        max_by(decision, decided_at_utc) as decision
    from {{ ref('stg_decisions') }}
    where seed = 'file_decisions'
    group by file_id

),

{% if has_history -%}
evaluated_files as (

    select * from {{ ref('int_files_to_evaluate') }}
    where publication_id = {{ publication_id() }}
        and is_read

),

decided_keys as (

    select
        earlier.feed,
        earlier.business_key
    from {{ ref('earlier_rows') }} as earlier
    inner join row_decisions
        on earlier.file_id = row_decisions.file_id
            and earlier.row_number = row_decisions.row_number
            and row_decisions.is_new

),

-- Of every key that this build looks at, the published rows; of a file that is evaluated as a whole its rows are the
-- new ones. Of a feed whose changed code is held what is published stays.
earlier_rows as (

    select
        earlier.*,
        '' as scope
    from {{ ref('earlier_rows') }} as earlier
    where earlier.feed in (
            select feeds.feed from {{ ref('int_feeds') }} as feeds
            where feeds.publication_id = {{ publication_id() }}
                and feeds.kind = 'entries'
                and not feeds.is_evaluated_anew
        )
        and earlier.file_id not in (select evaluated_files.file_id from evaluated_files)
        and (
            (earlier.feed, earlier.business_key) in (
                select
                    new_rows.feed,
                    new_rows.business_key
                from new_rows
                where new_rows.business_key <> ''
            )
            or (earlier.feed, earlier.business_key) in (
                select
                    decided_keys.feed,
                    decided_keys.business_key
                from decided_keys
                where decided_keys.business_key <> ''
            )
            or (earlier.file_id, earlier.row_number) in (
                select
                    row_decisions.file_id,
                    row_decisions.row_number
                from row_decisions
                where row_decisions.is_new
            )
        )

),

{% endif -%}
-- Few rows share a key with another one.
shared_numbers as (

    select key_number from new_rows
    where business_key <> ''
    group by key_number
    having count(*) > 1

),

touched_keys as (

    select distinct {{ key | join(', ') }} from new_rows
    where business_key <> ''
        and key_number in (select shared_numbers.key_number from shared_numbers)
    {%- if has_history %}
    union
    select {{ key | join(', ') }} from earlier_rows
    where business_key <> ''
    {%- endif %}

),

new_contesting as (

    select new_rows.*
    from new_rows
    left join touched_keys
        on {{ same(key, 'new_rows', 'touched_keys') }}
    left join rows_decided
        on new_rows.file_id = rows_decided.file_id
            and new_rows.row_number = rows_decided.row_number
    where touched_keys.feed is not null or rows_decided.file_id is not null

),

-- Only rows that contest a key are compared by their content.
contesting as (

    select
        new_rows.{{ key | join(', new_rows.') }},
        new_rows.file_id,
        new_rows.row_number,
        delivered.row_hash,
        new_rows.breaks_rules,
        cast(null as varchar) as previous_status,
        cast(null as varchar) as previous_key_code,
        cast(null as bigint) as previous_attempt_count,
        cast(null as varchar) as previous_decision,
        cast(null as timestamp(6)) as previous_decided_at,
        cast(null as boolean) as previously_failed_before
    from new_contesting as new_rows
    inner join {{ ref('int_delivered_rows') }} as delivered
        on new_rows.file_id = delivered.file_id
            and new_rows.row_number = delivered.row_number
            and delivered.publication_id = {{ publication_id() }}
    {%- if has_history %}
    union all
    select
        {{ key | join(', ') }},
        file_id,
        row_number,
        row_hash,
        breaks_rules,
        status as previous_status,
        key_code as previous_key_code,
        attempt_count as previous_attempt_count,
        decision as previous_decision,
        decided_at as previous_decided_at,
        has_failed_before as previously_failed_before
    from earlier_rows
    {%- endif %}

),

-- What was decided on a row last; withdrawn files claim nothing.
decided as (

    select
        contesting.*,
        files.delivery_number,
        files.ingest_date,
        last_decisions.decision as last_decision,
        last_decisions.decided_at as last_decided_at,
        coalesce(file_decisions.decision, '') = 'withdraw' as is_withdrawn
    from contesting
    inner join files
        on contesting.file_id = files.file_id
    left join last_decisions
        on contesting.file_id = last_decisions.file_id
            and contesting.row_number = last_decisions.row_number
    left join file_decisions
        on contesting.file_id = file_decisions.file_id

),

-- Whether an equal row came before, in an earlier file: one that breaks a rule is compared with those that broke one
-- too.
compared as (

    select
        *,
        business_key <> '' and scope = '' and not is_withdrawn and coalesce(
            min(case when not is_withdrawn and breaks_rules then delivery_number end) over (by_content)
            < delivery_number
            or (
                not breaks_rules
                and min(case when not is_withdrawn then delivery_number end) over (by_content) < delivery_number
            ),
            false
        ) as has_equal_before
    from decided
    window by_content as (partition by {{ key | join(', ') }}, row_hash)

)

select
    {{ publication_id() }} as publication_id,
    *
from compared
