-- The claims of the rows that contest a key. A row claims its key when its file is delivered, and once more with each decision to
-- release it: after the files that had landed by then.
{%- set key = ['feed', 'business_key', 'scope'] %}
with

contesting as (
    {{ rows_of(ref('int_contesting_rows')) }}
),

row_decisions as (
    {{ rows_of(ref('int_row_decisions')) }}
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
    inner join {{ ref('stg_files') }} as files
        on contesting.file_id = files.file_id
    left join (
        select file_id, row_number, max_by(decision, decided_at_utc) as decision, max(decided_at_utc) as decided_at
        from row_decisions
        group by file_id, row_number
    ) as last_decisions
        on contesting.file_id = last_decisions.file_id
            and contesting.row_number = last_decisions.row_number
    left join (
        select file_id, max_by(decision, decided_at_utc) as decision
        from {{ ref('stg_decisions') }}
        where seed = 'file_decisions'
        group by file_id
    ) as file_decisions
        on contesting.file_id = file_decisions.file_id

),

-- Whether an equal row came before, in an earlier file: one that breaks a rule is compared with those that broke one too.
compared as (

    select
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

),

claims as (

    select file_id, row_number, delivery_number as slot, cast(null as timestamp(6)) as released_at from compared
    union all
    select file_id, row_number, slot, decided_at_utc from row_decisions
    where decision = 'release'

)

select
    compared.*,
    claims.slot,
    claims.released_at,
    not compared.breaks_rules and not compared.is_withdrawn and coalesce(compared.last_decision, 'release') = 'release' as is_contested
from compared
inner join claims
    on compared.file_id = claims.file_id
        and compared.row_number = claims.row_number
