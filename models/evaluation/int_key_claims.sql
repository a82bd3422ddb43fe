-- The rows that contest a key with others, or on which something was decided, and their claims. A row claims its key when its file
-- is delivered, and once more with each decision to release it: after the files that had landed by then.
with

compared as (
    {{ rows_of(ref('int_contesting_rows')) }}
),

release_slots as (

    select
        compared.file_id,
        compared.row_number,
        row_decisions.decided_at_utc as released_at,
        greatest(max(compared.delivery_number), coalesce(max(files.delivery_number), 0)) as slot
    from compared
    inner join {{ ref('stg_decisions') }} as row_decisions
        on compared.file_id = row_decisions.file_id
            and compared.row_number = row_decisions.row_number
            and row_decisions.seed = 'row_decisions'
            and row_decisions.decision = 'release'
    left join {{ ref('stg_files') }} as files
        on compared.feed = files.feed
            and row_decisions.decided_at_utc >= files.landed_at
    group by compared.file_id, compared.row_number, row_decisions.decided_at_utc

)

select
    compared.*,
    claims.slot,
    claims.released_at,
    not compared.breaks_rules and not compared.is_withdrawn and coalesce(compared.last_decision, 'release') = 'release' as is_contested
from compared
inner join (
    select file_id, row_number, delivery_number as slot, cast(null as timestamp(6)) as released_at from compared
    union all
    select file_id, row_number, slot, released_at from release_slots
) as claims
    on compared.file_id = claims.file_id
        and compared.row_number = claims.row_number
