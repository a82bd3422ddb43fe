-- The code by which each feed is evaluated and closed from this publication on: one row per feed and publication. Where the gate held
-- what other code made of a feed, the earlier code's hash stays, and the next build tries again.
with

-- The last delivery of each feed tells up to when the feed is known.
landed as (

    select feed, max_by(landed_at, delivery_number) as landed_at
    from (
        select feed, landed_at, delivery_number from {{ ref('earlier_files') }}
        union all
        select feed, landed_at, delivery_number from {{ ref('file_gate') }}
        where publication_id = {{ publication_id() }}
            and verdict = 'passed'
    ) as files
    group by feed

),

held as (

    select feed, max(case when verdict <> 'passed' and is_published then 1 else 0 end) = 1 as is_held
    from {{ ref('file_gate') }}
    where publication_id = {{ publication_id() }}
        and is_published
    group by feed

)

select
    {{ publication_id() }} as publication_id,
    feeds.feed,
    feeds.kind,
    feeds.time_zone,
    feeds.delivery_calendar,
    feeds.balance_tolerance,
    -- A loader's clock may be ahead of the commit.
    case
        when landed.landed_at is not null
            then {{ local_date('least(landed.landed_at, ' ~ published_at('this_build') ~ ')', var('reporting_time_zone')) }}
    end as known_on,
    case when feeds.is_evaluated_anew and coalesce(held.is_held, files.is_unread, false) then feeds.previous_evaluation_hash else feeds.evaluation_hash end
        as evaluation_hash,
    feeds.balances_hash,
    feeds.is_evaluated_anew and coalesce(held.is_held, files.is_unread, false) as is_held
from {{ ref('int_feeds') }} as feeds
inner join {{ ref('int_this_build') }} as this_build
    on feeds.publication_id = this_build.publication_id
left join landed
    on feeds.feed = landed.feed
left join held
    on feeds.feed = held.feed
-- A feed that is held since an earlier build is not read at all.
left join (
    select feed, true as is_unread from {{ ref('earlier_files') }}
    where publication_number = whole_number
    group by feed
) as files
    on feeds.feed = files.feed
where feeds.publication_id = {{ publication_id() }}
