-- Rows were refused by other rules than today's. Those that still wait are judged again from the moment on that the
-- contract states as rules_since, which is later than all that the feed has brought.
{{ config(severity='warn') }}

with

changed as (
    {{ changed_rules(ref('run_gate')) }}
)

select
    changed.feed,
    changed.known_at as rules_since,
    max(reconciled.known_at) as feed_is_known_until
from changed
inner join {{ ref('run_reconciliation') }} as reconciled
    on changed.feed = reconciled.feed
where {{ contract_value('changed.feed', 'kind', 'varchar') }} = 'entries'
group by changed.feed, changed.known_at
having sum(reconciled.rows_quarantined) > 0
