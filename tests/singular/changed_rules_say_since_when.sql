-- Rows that wait in quarantine were judged by other rules than today's. They are judged again from the moment on that
-- the contract states as rules_since, which is later than all that the feed has brought.
{{ config(severity='warn') }}

with

changed as (
    {{ changed_rules(ref('int_runs')) }}
)

select
    changed.feed,
    changed.known_at as rules_since,
    max(reconciled.known_at) as feed_is_known_until
from changed
inner join {{ ref('run_reconciliation') }} as reconciled
    on changed.feed = reconciled.feed
where changed.feed in (
    select waiting.feed from {{ ref('quarantine_entries') }} as waiting
    where {{ array_length('waiting.rejection_details') }} > 0
)
    and {{ contract_value('changed.feed', 'kind', 'varchar') }} = 'entries'
group by changed.feed, changed.known_at
