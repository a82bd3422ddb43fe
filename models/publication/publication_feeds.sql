-- The code by which each feed is evaluated and closed from this publication on, and why its rows may be others: one row
-- per feed and publication. Where the gate held what other code made of a feed, the earlier code's hash stays, and a
-- build tries again when what the feed is judged by has changed.
with

-- The last delivery of each feed tells up to when the feed is known. One that was withdrawn tells nothing.
landed as (

    select
        feed,
        max_by(landed_at, delivery_number) as landed_at
    from (
        select
            feed,
            landed_at,
            delivery_number
        from {{ ref('earlier_files') }}
        where decision is distinct from 'withdraw'
            and file_id not in (
                select gate.file_id from {{ ref('file_gate') }} as gate
                where gate.publication_id = {{ publication_id() }}
                    and gate.verdict = 'passed'
                    and gate.is_withdrawn
            )
        union all
        select
            feed,
            landed_at,
            delivery_number
        from {{ ref('file_gate') }}
        where publication_id = {{ publication_id() }}
            and verdict = 'passed'
            and not coalesce(is_withdrawn, false)
    ) as files
    group by feed

),

gate as (

    select
        feed,
        max(case when verdict <> 'passed' and is_published then 1 else 0 end) = 1 as is_held,
        max(case when is_published then 1 else 0 end) = 1 as has_published_files,
        max(case when verdict = 'passed' and not is_published then 1 else 0 end) = 1 as has_new_files
    from {{ ref('file_gate') }}
    where publication_id = {{ publication_id() }}
    group by feed

),

decided as (

    select
        feed,
        count(*) as decision_count
    from (
        select files.feed
        from {{ ref('decisions') }} as decisions
        inner join {{ ref('stg_files') }} as files
            on decisions.file_id = files.file_id
        where decisions.publication_id = {{ publication_id() }}
        union all
        select openings.feed from {{ ref('openings') }} as openings
        where openings.publication_id = {{ publication_id() }}
    ) as of_both
    group by feed

),

-- A feed that is held since an earlier build is not read at all.
published as (

    select distinct feed from {{ ref('earlier_files') }}
    where publication_number = whole_number

),

feeds as (

    select
        feeds.*,
        feeds.is_evaluated_anew
        and case when gate.has_published_files then gate.is_held else published.feed is not null end as is_held,
        coalesce(gate.has_new_files, false) as has_new_files,
        coalesce(decided.decision_count, 0) > 0 as has_decisions
    from {{ ref('int_feeds') }} as feeds
    left join gate
        on feeds.feed = gate.feed
    left join decided
        on feeds.feed = decided.feed
    left join published
        on feeds.feed = published.feed
    where feeds.publication_id = {{ publication_id() }}

)

select
    feeds.publication_id,
    feeds.feed,
    feeds.kind,
    feeds.time_zone,
    feeds.delivery_calendar,
    feeds.balance_tolerance,
    -- A loader's clock may be ahead of the commit. Of no file, `least` is NULL on one engine only.
    case
        when landed.feed is not null
            then {{ local_date(
                'least(landed.landed_at, ' ~ published_at('this_build') ~ ')', var('reporting_time_zone')
            ) }}
    end as known_on,
    case when feeds.is_held then feeds.previous_evaluation_hash else feeds.evaluation_hash end as evaluation_hash,
    feeds.balances_hash,
    feeds.is_held,
    republished.feed is not null as is_republished,
    cast(nullif(substr(
        case when feeds.has_new_files then ', files' else '' end
        || case when feeds.has_decisions then ', decisions' else '' end
        || case
            when not feeds.is_held and feeds.evaluation_hash <> feeds.previous_evaluation_hash then ', code'
            when feeds.balances_hash <> feeds.previous_balances_hash then ', code'
            else ''
        end, 3
    ), '') as varchar) as cause
from feeds
inner join {{ ref('int_this_build') }} as this_build
    on feeds.publication_id = this_build.publication_id
left join landed
    on feeds.feed = landed.feed
left join {{ ref('int_feeds_republished') }} as republished
    on {{ same(['publication_id', 'feed'], 'feeds', 'republished') }}
