-- The rows that contest a key with others, or on which something was decided, with what was decided last.
{%- set key = ['feed', 'business_key', 'scope'] %}
{%- set previous = {
    'status': 'previous_status',
    'key_code': 'previous_key_code',
    'attempt_count': 'previous_attempt_count',
    'decision': 'previous_decision',
    'decided_at': 'previous_decided_at',
    'has_failed_before': 'previously_failed_before',
} %}
with

row_decisions as (

    select
        file_id,
        row_number,
        max_by(decision, decided_at_utc) as decision,
        max(decided_at_utc) as decided_at
    from {{ ref('int_row_decisions') }}
    where publication_id = {{ publication_id() }}
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

-- Few rows share a key with another one.
shared_numbers as (

    select key_number from {{ ref('int_claims') }}
    where publication_id = {{ publication_id() }}
        and business_key <> ''
    group by key_number
    having count(*) > 1

),

contested_keys as (

    select {{ key | join(', ') }} from {{ ref('int_claims') }}
    where publication_id = {{ publication_id() }}
        and business_key <> ''
        and key_number in (select shared_numbers.key_number from shared_numbers)
    union
    select
        feed,
        business_key,
        '' as scope
    from {{ ref('int_earlier_claims') }}
    where publication_id = {{ publication_id() }}
        and business_key <> ''

),

contesting as (

    select
        claims.{{ key | join(', claims.') }},
        claims.file_id,
        claims.row_number,
        claims.row_hash,
        {% for name in previous.values() -%}
        null as {{ name }},
        {% endfor -%}
        claims.breaks_rules,
        claims.is_passed_over
    from {{ ref('int_claims') }} as claims
    left join contested_keys
        on {{ same(key, 'claims', 'contested_keys') }}
    left join row_decisions
        on {{ same(['file_id', 'row_number'], 'claims', 'row_decisions') }}
    where claims.publication_id = {{ publication_id() }}
        and (contested_keys.feed is not null or row_decisions.file_id is not null)
    union all
    select
        feed,
        business_key,
        '' as scope,
        file_id,
        row_number,
        row_hash,
        {% for column, name in previous.items() -%}
        {{ column }} as {{ name }},
        {% endfor -%}
        breaks_rules,
        is_passed_over
    from {{ ref('int_earlier_claims') }}
    where publication_id = {{ publication_id() }}

),

-- What was decided on a row last; withdrawn files claim nothing.
decided as (

    select
        contesting.*,
        files.delivery_number,
        files.ingest_date,
        row_decisions.decision as last_decision,
        row_decisions.decided_at as last_decided_at,
        coalesce(file_decisions.decision, '') = 'withdraw' as is_withdrawn
    from contesting
    inner join {{ ref('stg_files') }} as files
        on contesting.file_id = files.file_id
    left join row_decisions
        on {{ same(['file_id', 'row_number'], 'contesting', 'row_decisions') }}
    left join file_decisions
        on contesting.file_id = file_decisions.file_id

)

-- Whether an equal row came before, in an earlier file: one that breaks a rule is compared with those that broke one
-- too.
select
    {{ publication_id() }} as publication_id,
    *,
    business_key <> '' and scope = '' and not is_withdrawn and coalesce(
        min(case when not is_withdrawn and breaks_rules then delivery_number end) over (by_content) < delivery_number
        or (
            not breaks_rules
            and min(case when not is_withdrawn then delivery_number end) over (by_content) < delivery_number
        ),
        false
    ) as has_equal_before
from decided
window by_content as (partition by {{ key | join(', ') }}, row_hash)
