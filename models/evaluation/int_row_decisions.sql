-- The decisions on rows, the slot of each (the file after which it counts: the last one that had landed by then, and
-- never one before its own), and whether this build has to look at the row: the decision is new, or a file that is not
-- published yet has its slot.
with

files as (

    select
        feed,
        file_id,
        delivery_number,
        landed_at
    from {{ ref('stg_files') }}

),

pending as (

    select
        feed,
        min(delivery_number) as first_number
    from files
    where file_id not in (select earlier.file_id from {{ ref('earlier_files') }} as earlier)
    group by feed

),

placed as (

    select
        decisions.file_id,
        decisions.row_number,
        decisions.decision,
        decisions.decided_at,
        decisions.decided_at_utc,
        files.feed,
        greatest(files.delivery_number, coalesce(max(landed.delivery_number), 0)) as slot
    from {{ ref('stg_decisions') }} as decisions
    inner join files
        on decisions.file_id = files.file_id
    left join files as landed
        on files.feed = landed.feed
            and decisions.decided_at_utc >= landed.landed_at
    where decisions.seed = 'row_decisions'
    group by
        decisions.file_id,
        decisions.row_number,
        decisions.decision,
        decisions.decided_at,
        decisions.decided_at_utc,
        files.feed,
        files.delivery_number

)

select
    {{ publication_id() }} as publication_id,
    placed.*,
    earlier.file_id is null or coalesce(placed.slot >= pending.first_number, false) as is_new
from placed
left join pending
    on placed.feed = pending.feed
left join {{ ref('earlier_decisions') }} as earlier
    on {{ same(['file_id', 'row_number', 'decided_at'], 'placed', 'earlier') }}
        and earlier.seed = 'row_decisions'
