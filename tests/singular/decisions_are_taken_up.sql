-- A decision on a row names a run of the lake, and is later than what its feed had brought when a build first saw it:
-- what is published is not judged differently after the fact.
select
    decisions.run_id,
    decisions.row_number,
    decisions.decided_at,
    case
        when origins.run_id is null then 'no such run: copy run_id from quarantine_entries'
        else 'decided_at lies in the future, or before the feed''s latest run: write when it is decided'
    end as fault
from {{ ref('quarantine_decisions') }} as decisions
left join {{ ref('int_runs') }} as origins
    on decisions.run_id = origins.run_id
left join {{ ref('int_runs') }} as replays
    on origins.feed = replays.feed
        and replays.kind <> 'file'
        and replays.known_at = {{ utc_from_iso_offset('decisions.decided_at') }}
where replays.run_id is null
