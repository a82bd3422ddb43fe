-- What becomes of the rows that contest a key or were decided on. Claims in or behind the slot of a held file wait like
-- a file does; where a published file is held, all claims of its feed do.
{%- set row_columns = [
    'feed', 'file_id', 'row_number', 'ingest_date', 'breaks_rules', 'is_withdrawn', 'is_passed_over', 'previous_status',
    'previous_key_code', 'previous_attempt_count', 'previous_decision', 'previous_decided_at',
    'previously_failed_before',
] %}
with

held as (

    select
        feed,
        min(delivery_number) as held_from
    from (
        select
            feed,
            case when is_published then 0 else delivery_number end as delivery_number
        from {{ ref('file_gate') }}
        where publication_id = {{ publication_id() }}
            and verdict <> 'passed'
        union all
        select
            feed,
            delivery_number
        from {{ ref('earlier_looks') }}
        where recency = 1
            and verdict <> 'passed'
            and file_id not in (
                select gate.file_id from {{ ref('file_gate') }} as gate
                where gate.publication_id = {{ publication_id() }}
            )
    ) as not_passed
    group by feed

),

claims as (

    select
        claims.*,
        winners.outcome
    from {{ ref('int_key_claims') }} as claims
    left join held
        on claims.feed = held.feed
    left join {{ ref('int_key_winners') }} as winners
        on claims.file_id = winners.file_id
            and claims.row_number = winners.row_number
            and claims.released_at is not distinct from winners.released_at
            and winners.publication_id = {{ publication_id() }}
    where claims.publication_id = {{ publication_id() }}
        and (held.held_from is null or claims.slot < held.held_from)

),

decided as (

    select
        {{ row_columns | join(', ') }},
        case
            when last_decision in ('condemn', 'correct') then last_decision
            when max(released_at) is not null then 'release'
        end as decision,
        case when last_decision in ('condemn', 'correct') then last_decided_at else max(released_at) end as decided_at,
        count(*) as attempt_count,
        case
            when bool_or(outcome = 'accepted') then 'accepted'
            else max_by(outcome, coalesce(released_at, timestamp '0001-01-01 00:00:00'))
        end as outcome,
        has_equal_before
        and bool_or(released_at is null and (breaks_rules or coalesce(outcome, '') = 'conflict')) as has_failed_before
    from claims
    group by {{ (row_columns + ['last_decision', 'last_decided_at', 'has_equal_before']) | join(', ') }}

),

placed as (

    select
        *,
        case
            when is_passed_over and not is_withdrawn then 'passed_over'
            when is_withdrawn or coalesce(decision, 'release') <> 'release' then 'condemned'
            when breaks_rules or outcome = 'conflict'
                then case when has_failed_before or attempt_count >= 3 then 'condemned' else 'quarantined' end
            else outcome
        end as status,
        case
            when is_withdrawn or breaks_rules or coalesce(decision, 'release') <> 'release' then null
            when outcome = 'conflict' then 'CONFLICTING_TRANSACTION_ID'
            when outcome = 'duplicate' then 'DUPLICATE_TRANSACTION_ID'
        end as key_code,
        has_failed_before
        and not is_withdrawn
        and coalesce(decision, 'release') = 'release'
        and (breaks_rules or outcome = 'conflict') as is_repeated_failure
    from decided

)

select
    {{ publication_id() }} as publication_id,
    feed,
    file_id,
    row_number,
    ingest_date,
    status,
    breaks_rules,
    key_code,
    is_repeated_failure as has_failed_before,
    is_withdrawn,
    attempt_count,
    decision,
    decided_at,
    previous_status,
    -- Of a file that is evaluated as a whole every row is written; of another one what differs from what is published.
    previous_status is not null
    and not (
        status = previous_status
        and (
            status = 'accepted'
            or (
                key_code is not distinct from previous_key_code
                and attempt_count is not distinct from previous_attempt_count
                and is_repeated_failure is not distinct from previously_failed_before
                and decision is not distinct from previous_decision
                and decided_at is not distinct from previous_decided_at
            )
        )
    ) as is_changed
from placed
