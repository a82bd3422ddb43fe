-- What is decided on rows is asked for where something is judged again.
-- depends_on: {{ ref('quarantine_decisions') }}

{% set only_new = is_incremental() %}
{%- set replays = open_replays() %}
{%- set passed_on = canonical_columns() | reject('in', ['run_id', 'row_number', 'known_at']) | list %}
{%- set origin = ['origin_run_id', 'origin_row_number'] %}
{%- set is_withdrawn = "coalesce(contains(rejection_reasons, 'RUN_WITHDRAWN'), false)" %}
with

runs as (

    select
        run_id,
        feed,
        kind,
        decision,
        committed_at,
        known_at,
        row_number() over (order by known_at, run_id) as commit_order
    from {{ ref('int_run_order') }}

),

-- Of what was judged before the judgement stands, whatever is decided on it now.
withdrawn_runs as (

    select run_id from runs
    where decision = 'withdraw'

),

entries as (
    {{ staged_rows(only_open=only_new) }}
),

{% if replays -%}
decisions as (

    select
        run_id,
        row_number,
        decision,
        {{ utc_from_iso_offset('decided_at') }} as decided_at
    from {{ ref('quarantine_decisions') }}

),

{% if only_new -%}
last_judgements as (

    select
        {{ origin | join(', ') }},
        max(known_at) as known_at,
        max(attempt_count) as attempt_count,
        max_by(status, known_at) as status,
        max_by({{ array_length('rejection_details') }}, known_at) > 0 as is_refused_by_rules
    from {{ this }}
    where feed in ('{{ replays | map(attribute="feed") | unique | join("', '") }}')
        and not {{ is_open_run(to_judge=true) }}
        and (status in ('quarantined', 'condemned') or run_id <> origin_run_id)
        and not {{ is_withdrawn }}
    group by {{ origin | join(', ') }}

),

refused_before as (

    select
        feed,
        business_key,
        row_hash
    from {{ this }}
    where feed in ('{{ replays | map(attribute="feed") | unique | join("', '") }}')
        and not {{ is_open_run(to_judge=true) }}
        and status in ('quarantined', 'condemned')
        and not {{ is_withdrawn }}
        and business_key is not null

),

replayed as (
    {{ replayed_rows() }}
),
{%- endif %}

-- What stands refused, and rows of new files that may be by the time they are judged again.
refused as (

    select
        entries.*,
        runs.known_at as judged_at,
        1 as attempts_before,
        coalesce(
            {{ array_length('entries.rejection_reasons') }} > 0
            and entries.business_key <> ''
            and (
                row_number() over (
                    partition by
                        entries.feed,
                        entries.business_key,
                        entries.row_hash,
                        {{ array_length('entries.rejection_reasons') }} > 0
                    order by runs.known_at, entries.run_id, entries.row_number
                ) > 1
                {% if only_new -%}
                or (entries.feed, entries.business_key, entries.row_hash) in (
                    select
                        refused_before.feed,
                        refused_before.business_key,
                        refused_before.row_hash
                    from refused_before
                )
                {%- endif %}
            ),
            false
        ) as was_condemned,
        -- By the changed rules already.
        false as is_refused_by_rules
    from entries
    inner join runs
        on entries.run_id = runs.run_id
    where entries.run_id not in (select withdrawn_runs.run_id from withdrawn_runs)
        and (
            {{ array_length('entries.rejection_reasons') }} > 0
            or (entries.run_id, entries.row_number) in (select decisions.run_id, decisions.row_number from decisions)
        )
    {% if only_new -%}
    union all
    select
        replayed.*,
        last_judgements.known_at as judged_at,
        last_judgements.attempt_count as attempts_before,
        last_judgements.status = 'condemned' as was_condemned,
        last_judgements.is_refused_by_rules
    from replayed
    inner join last_judgements
        on replayed.run_id = last_judgements.origin_run_id
            and replayed.row_number = last_judgements.origin_row_number
            and last_judgements.status in ('quarantined', 'condemned')
    {%- endif %}

),

due as (

    select
        refused.*,
        runs.run_id as replay_run_id,
        runs.known_at as replayed_at,
        runs.kind,
        coalesce(decisions.decision, 'judge') as decision
    from refused
    inner join runs
        on refused.feed = runs.feed
            and refused.judged_at < runs.known_at
            and runs.run_id in ('{{ replays | map(attribute="run_id") | join("', '") }}')
    left join decisions
        on refused.run_id = decisions.run_id
            and refused.row_number = decisions.row_number
            and runs.committed_at = decisions.decided_at
    where runs.run_id not in (select withdrawn_runs.run_id from withdrawn_runs)
        and (
            decisions.decision is not null
            or (runs.kind = 'rules' and refused.is_refused_by_rules and not refused.was_condemned)
        )

),

counted as (

    select
        *,
        coalesce(
            sum(case when decision in ('judge', 'release') then 1 else 0 end) over earlier, 0
        ) as replays_before,
        coalesce(max(case when decision in ('condemn', 'correct') then 1 else 0 end) over earlier, 0) = 1
            as is_condemned_before
    from due
    window earlier as (
        partition by run_id, row_number
        order by replayed_at rows between unbounded preceding and 1 preceding
    )

),

-- Changed rules judge what is still waiting: not what passed, failed three times or was condemned before.
replay_rows as (

    select
        *,
        row_number() over (partition by replay_run_id order by run_id, row_number) as replay_row_number,
        attempts_before + replays_before + case when decision in ('judge', 'release') then 1 else 0 end as attempt_count
    from counted
    where decision <> 'judge'
        or (
            not is_condemned_before
            and case
                when {{ array_length('rejection_reasons') }} = 0 then replays_before = 0
                else attempts_before + replays_before < 3
            end
        )

),
{%- endif %}

rows_to_judge as (

    select
        {% for column in passed_on -%}
        entries.{{ column }},
        {% endfor -%}
        entries.run_id,
        entries.row_number,
        runs.known_at,
        runs.commit_order,
        entries.run_id as origin_run_id,
        entries.row_number as origin_row_number,
        1 as attempt_count,
        cast(null as varchar) as decision,
        false as was_condemned
    from entries
    inner join runs
        on entries.run_id = runs.run_id
    {% if replays -%}
    union all
    select
        {% for column in passed_on -%}
        replay_rows.{{ column }},
        {% endfor -%}
        replay_rows.replay_run_id as run_id,
        replay_rows.replay_row_number as row_number,
        runs.known_at,
        runs.commit_order,
        replay_rows.run_id as origin_run_id,
        replay_rows.row_number as origin_row_number,
        replay_rows.attempt_count,
        replay_rows.decision,
        replay_rows.was_condemned or replay_rows.is_condemned_before as was_condemned
    from replay_rows
    inner join runs
        on replay_rows.replay_run_id = runs.run_id
    {%- endif %}

),

-- Reference data is replaced by each delivery, so its keys are compared within one run only. A refused row contests no
-- key, but is looked for among those that were refused before.
candidates as (

    select
        feed,
        business_key,
        case when {{ contract_value('feed', 'kind', 'varchar') }} = 'reference' then run_id else '' end as scope,
        {{ array_length('rejection_reasons') }} > 0 as is_refused,
        row_hash,
        run_id,
        row_number,
        commit_order
    from rows_to_judge
    where run_id not in (select withdrawn_runs.run_id from withdrawn_runs)
        and coalesce(decision, 'judge') in ('judge', 'release')
        and (
            {{ array_length('rejection_reasons') }} = 0
            or (
                decision is null
                and business_key <> ''
                and {{ contract_value('feed', 'kind', 'varchar') }} = 'entries'
            )
        )

),

known_before as (
    {% if only_new %}
    select
        feed,
        business_key,
        '' as scope,
        status <> 'accepted' as is_refused,
        row_hash
    from {{ this }}
    where status <> 'duplicate'
        and not {{ is_open_run(to_judge=true) }}
        and not {{ is_withdrawn }}
        and (feed, business_key) in (
            select
                candidates.feed,
                candidates.business_key
            from candidates
            where candidates.scope <> candidates.run_id
        )
    group by
        feed,
        business_key,
        status <> 'accepted',
        row_hash
    {% else %}
    select
        feed,
        business_key,
        scope,
        is_refused,
        row_hash
    from candidates
    where false
    {% endif %}
),

judged as (
    {{ key_judgements('candidates', 'known_before') }}
),

by_key as (

    select
        rows_to_judge.*,
        withdrawn_runs.run_id is not null as is_withdrawn,
        rows_to_judge.decision is null
        and coalesce(
            case
                when {{ array_length('rows_to_judge.rejection_reasons') }} > 0 then judged.code is not null
                else judged.code = 'CONFLICTING_TRANSACTION_ID' and judged.is_repeated
            end,
            false
        ) as is_failed_again,
        case when {{ array_length('rows_to_judge.rejection_reasons') }} = 0 then judged.code end as code,
        {% if replays -%}
        -- What repeated a refused row in conflict was condemned when it came.
        coalesce(first_judged.code = 'CONFLICTING_TRANSACTION_ID' and first_judged.is_repeated, false)
        {%- else -%}
        false
        {%- endif %} as was_repeated
    from rows_to_judge
    left join judged
        on rows_to_judge.run_id = judged.run_id
            and rows_to_judge.row_number = judged.row_number
    left join withdrawn_runs
        on rows_to_judge.run_id = withdrawn_runs.run_id
    {% if replays -%}
    left join judged as first_judged
        on rows_to_judge.origin_run_id = first_judged.run_id
            and rows_to_judge.origin_row_number = first_judged.row_number
            and rows_to_judge.decision is not null
    {%- endif %}

),

classified as (

    select
        *,
        case
            when is_withdrawn or decision in ('condemn', 'correct') then 'condemned'
            when {{ array_length('rejection_reasons') }} > 0 or code = 'CONFLICTING_TRANSACTION_ID'
                then
                    case
                        when is_failed_again or was_condemned or was_repeated or attempt_count >= 3 then 'condemned'
                        else 'quarantined'
                    end
            when code = 'DUPLICATE_TRANSACTION_ID' then 'duplicate'
            else 'accepted'
        end as status
    from by_key

){% if replays %},

-- What was let in once is not judged again, whatever a decision asks.
settled as (

    select
        {{ origin | join(', ') }},
        min(known_at) as known_at
    from classified
    where status in ('accepted', 'duplicate')
        and ({{ origin | join(', ') }}) in (select run_id, row_number from replay_rows)
    group by {{ origin | join(', ') }}

)
{%- endif %}

select
    classified.feed,
    classified.business_key,
    classified.transaction_id,
    classified.account_id,
    classified.amount,
    classified.currency,
    classified.booked_at,
    classified.booking_date,
    classified.balance_after,
    classified.row_hash,
    classified.run_id,
    cast(classified.row_number as bigint) as row_number,
    classified.line_number,
    classified.ingest_date,
    classified.known_at,
    classified.status,
    case when classified.status <> 'accepted' then classified.raw_record end as raw_record,
    case when classified.status <> 'accepted' then classified.extra_fields end as extra_fields,
    case
        when classified.status = 'accepted' then classified.rejection_reasons
        else
            case when classified.code is not null then array[classified.code] else classified.rejection_reasons end
            || {{ compact_array([
                "case when classified.is_withdrawn then 'RUN_WITHDRAWN' end",
                "case when classified.decision = 'condemn' then 'CONDEMNED' end",
                "case when classified.decision = 'correct' then 'CORRECTED' end",
                "case when classified.is_failed_again and not classified.is_withdrawn then 'DUPLICATE_FAILURE' end",
                "case when classified.status = 'condemned' and classified.attempt_count >= 3"
                ~ " and classified.decision in ('judge', 'release') then 'MAX_ATTEMPTS' end",
            ]) }}
    end as rejection_reasons,
    classified.rejection_details,
    classified.origin_run_id,
    cast(classified.origin_row_number as bigint) as origin_row_number,
    cast(classified.attempt_count as bigint) as attempt_count,
    classified.decision
from classified
{%- if replays %}
left join settled
    on {{ same(origin, 'classified', 'settled') }}
where settled.known_at is null
    or classified.known_at <= settled.known_at
{%- endif %}
