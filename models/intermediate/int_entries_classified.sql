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
        and not {{ is_open_run() }}
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

judged as (
    {{ key_judgements('candidates', 'accepted_before') }}
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
    case when status <> 'accepted' then extra_fields end as extra_fields,
    case
        when is_withdrawn then rejection_reasons || array['RUN_WITHDRAWN']
        when code is not null then array[code]
        else rejection_reasons
    end as rejection_reasons,
    rejection_details
from classified
