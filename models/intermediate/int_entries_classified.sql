{{ config(pre_hook="{{ delete_open_runs() }}") }}

with

runs as (

    select
        run_id,
        row_number() over (order by known_at, run_id) as commit_order
    from {{ ref('int_runs') }}

),

withdrawn_runs as (

    select run_id from {{ ref('run_decisions') }}
    where decision = 'withdraw' and run_id is not null

),

entries as (
    {{ staged_rows(only_open=is_incremental()) }}
),

-- Reference data is replaced by each delivery, so its keys are compared within one run only.
candidates as (

    select
        entries.feed,
        entries.business_key,
        case when {{ contract_value('entries.feed', 'kind', 'varchar') }} = 'reference' then entries.run_id else '' end
            as scope,
        entries.row_hash,
        entries.run_id,
        entries.row_number,
        runs.commit_order
    from entries
    inner join runs
        on entries.run_id = runs.run_id
    where {{ array_length('entries.rejection_reasons') }} = 0
        and entries.run_id not in (select withdrawn_runs.run_id from withdrawn_runs)

),

accepted_before as (
    {% if is_incremental() %}
    select
        feed,
        business_key,
        '' as scope,
        row_hash
    from {{ this }}
    where status = 'accepted'
        and (feed, business_key) in (
            select
                candidates.feed,
                candidates.business_key
            from candidates
            where candidates.scope = ''
        )
    {% else %}
    select
        feed,
        business_key,
        scope,
        row_hash
    from candidates
    where false
    {% endif %}
),

contested_keys as (

    select
        feed,
        business_key,
        scope
    from candidates
    group by feed, business_key, scope
    having count(*) > 1
    union
    select
        feed,
        business_key,
        scope
    from accepted_before

),

-- Few rows share a key with another one; only they are compared.
contested as (

    select
        candidates.*,
        accepted_before.row_hash as accepted_hash,
        min(candidates.row_hash) over (by_run) <> max(candidates.row_hash) over (by_run) as run_disagrees
    from candidates
    inner join contested_keys
        on candidates.feed = contested_keys.feed
            and candidates.business_key = contested_keys.business_key
            and candidates.scope = contested_keys.scope
    left join accepted_before
        on candidates.feed = accepted_before.feed
            and candidates.business_key = accepted_before.business_key
            and candidates.scope = accepted_before.scope
    window by_run as (partition by candidates.feed, candidates.business_key, candidates.scope, candidates.run_id)

),

-- The first row of the first run that does not contradict itself is the one to accept.
ranked as (

    select
        *,
        row_number() over (by_key) as position,
        first_value(run_disagrees) over (by_key) as every_run_disagrees,
        first_value(row_hash) over (by_key) as first_hash,
        first_value(commit_order) over (by_key) as first_commit_order
    from contested
    window by_key as (
        partition by feed, business_key, scope order by run_disagrees, commit_order, row_number
    )

),

judged as (

    select
        run_id,
        row_number,
        case
            when accepted_hash = row_hash then 'DUPLICATE_TRANSACTION_ID'
            when accepted_hash is not null then 'CONFLICTING_TRANSACTION_ID'
            when every_run_disagrees or commit_order < first_commit_order then 'CONFLICTING_TRANSACTION_ID'
            when position = 1 then null
            when row_hash = first_hash then 'DUPLICATE_TRANSACTION_ID'
            else 'CONFLICTING_TRANSACTION_ID'
        end as code
    from ranked

),

classified as (

    select
        entries.*,
        judged.code,
        withdrawn_runs.run_id is not null as is_withdrawn,
        case
            when withdrawn_runs.run_id is not null then 'condemned'
            when
                {{ array_length('entries.rejection_reasons') }} > 0 or judged.code = 'CONFLICTING_TRANSACTION_ID'
                then 'quarantined'
            when judged.code = 'DUPLICATE_TRANSACTION_ID' then 'duplicate'
            else 'accepted'
        end as status
    from entries
    left join judged
        on entries.run_id = judged.run_id
            and entries.row_number = judged.row_number
    left join withdrawn_runs
        on entries.run_id = withdrawn_runs.run_id

)

select
    feed,
    business_key,
    transaction_id,
    account_id,
    amount,
    currency,
    booked_at,
    booking_date,
    balance_after,
    row_hash,
    run_id,
    row_number,
    line_number,
    ingest_date,
    known_at,
    status,
    case when status <> 'accepted' then raw_record end as raw_record,
    case
        when is_withdrawn then rejection_reasons || array['RUN_WITHDRAWN']
        when code is not null then array[code]
        else rejection_reasons
    end as rejection_reasons,
    rejection_details
from classified
