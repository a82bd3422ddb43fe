-- What the gate decides a feed's files by, besides the files, in one text: code, limits, and decisions, with the slots
-- of those on rows. A held file is looked at again when this changes. What changed code means for published files is
-- found in int_feeds.
with

row_decisions as (
    {{ rows_of(ref('int_row_decisions')) }}
),

decisions as (

    select
        files.feed,
        count(*) as decision_count,
        max(decisions.decided_at_utc) as last_decided_at,
        sum(row_decisions.slot) as slots
    from {{ ref('stg_decisions') }} as decisions
    inner join {{ ref('stg_files') }} as files
        on decisions.file_id = files.file_id
    left join row_decisions
        on decisions.seed = 'row_decisions'
            and {{ same(['file_id', 'row_number', 'decided_at'], 'decisions', 'row_decisions') }}
    group by files.feed

)

select
    {{ publication_id() }} as publication_id,
    feeds.feed,
    concat(
        feeds.evaluation_hash,
        ' ',
        cast(feeds.quarantine_limit as varchar),
        ' ',
        coalesce(cast(feeds.code_limit as varchar), '-'),
        ' ',
        coalesce(cast(decisions.decision_count as varchar) || ' ' || cast(decisions.last_decided_at as varchar), '-'),
        ' ',
        coalesce(cast(decisions.slots as varchar), '-')
    ) as signature
from {{ ref('int_feeds') }} as feeds
left join decisions
    on feeds.feed = decisions.feed
where feeds.publication_id = {{ publication_id() }}
