{#
    Select of the decisions on refused rows (run_id, row_number, decision), each with the replay that carries it out: that of
    its feed at the moment of the decision. `replays` has run_id, feed and committed_at.
#}
{% macro decided_rows(replays) %}
    select
        decisions.run_id,
        decisions.row_number,
        decisions.decision,
        replays.run_id as replay_run_id
    from {{ ref('quarantine_decisions') }} as decisions
    inner join {{ ref('int_runs') }} as origins
        on decisions.run_id = origins.run_id
    inner join {{ replays }} as replays
        on origins.feed = replays.feed
            and replays.committed_at = {{ utc_from_iso_offset('decisions.decided_at') }}
{% endmacro %}
