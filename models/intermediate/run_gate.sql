with

runs as (

    select
        *,
        case when kind = 'file' then {{ contract_value('feed', 'quarantine_limit', 'decimal(9, 6)') }} end
            as quarantine_limit,
        case when kind = 'file' then {{ contract_value('feed', 'code_limit', 'bigint') }} end as code_limit
    from {{ ref('int_run_order') }}

),

rows_by_status as (

    select
        run_id,
        count(*) as rows_classified,
        count(*) filter (where status = 'accepted') as rows_accepted,
        count(*) filter (where status = 'quarantined') as rows_quarantined,
        count(*) filter (where status = 'condemned') as rows_condemned,
        count(*) filter (where status = 'duplicate') as rows_duplicate,
        count(*) filter (where decision = 'judge') as rows_judged_by_rules,
        max(case when status = 'accepted' then booking_date end) as last_booked_on
    from {{ ref('int_entries_classified') }}
    {% if is_incremental() -%}
    where {{ is_open_run(to_judge=true) }}
    {%- endif %}
    group by run_id

),

malformed_rows as (

    select
        run_id,
        count(*) as malformed_found
    from {{ ref('stg_malformed_rows') }}
    {% if is_incremental() -%}
    where {{ is_open_run(partitioned=true, to_judge=true) }}
    {%- endif %}
    group by run_id

),

refused_codes as (

    select
        run_id,
        reason as code
    from {{ ref('stg_malformed_rows') }}
    {% if is_incremental() -%}
    where {{ is_open_run(partitioned=true, to_judge=true) }}
    {%- endif %}
    union all
    select
        classified.run_id,
        reasons.code
    from {{ ref('int_entries_classified') }} as classified
    cross join unnest(classified.rejection_reasons) as reasons (code)
    where classified.status = 'quarantined'
        {% if is_incremental() -%}
        and {{ is_open_run('classified.run_id', to_judge=true) }}
        {%- endif %}

),

rows_by_code as (

    select
        run_id,
        code,
        count(*) as row_count
    from refused_codes
    group by run_id, code

),

codes_over_limit as (

    select
        rows_by_code.run_id,
        {{ dbt.listagg(
            "rows_by_code.code || ' in ' || cast(rows_by_code.row_count as varchar) || ' rows'", "', '",
            'order by rows_by_code.code'
        ) }} as codes
    from rows_by_code
    inner join runs
        on rows_by_code.run_id = runs.run_id
            and rows_by_code.row_count > runs.code_limit
    group by rows_by_code.run_id

),

money as (

    select
        run_id,
        {{ dbt.listagg(
            figure('abs(coalesce(amount_delivered, 0) - coalesce(amount_classified, 0))')
            ~ " || ' ' || coalesce(nullif(currency, ''), 'without a currency')",
            "', '", 'order by currency'
        ) }} as money_astray
    from {{ ref('int_run_money') }}
    where (amount_delivered = amount_classified) is distinct from true
        {% if is_incremental() -%}
        and {{ is_open_run(to_judge=true) }}
        {%- endif %}
    group by run_id

),

{% if is_incremental() -%}
published_before as (

    select
        feed,
        max(known_at) as known_at
    from (
        {{ passed_runs(this) }}
    ) as passed
    group by feed

),

-- What the lake had gone past when it was last built is closed for good (is_provisional in close_certificate).
closed_before as (

    select max({{ utc_from_iso_offset('closed_at') }}) as closed_at
    from {{ ref('period_closes') }}
    where event = 'close'
        and {{ utc_from_iso_offset('closed_at') }} < (select max(published_before.known_at) from published_before)

),
{%- endif %}

decided_rows as (
    {{ decided_rows('runs') }}
),

rows_decided as (

    select
        replay_run_id,
        count(*) as row_count
    from decided_rows
    group by replay_run_id

),

-- What a replay has to judge is announced by the decisions, unless it was withdrawn; changed rules announce nothing.
announced as (

    select
        runs.*,
        coalesce(rows_by_status.rows_classified, 0) as rows_classified,
        coalesce(rows_by_status.rows_accepted, 0) as rows_accepted,
        coalesce(rows_by_status.rows_quarantined, 0) as rows_quarantined,
        coalesce(rows_by_status.rows_condemned, 0) as rows_condemned,
        coalesce(rows_by_status.rows_duplicate, 0) as rows_duplicate,
        rows_by_status.last_booked_on,
        case
            when runs.kind = 'file' then runs.rows_delivered
            when runs.decision = 'withdraw' then 0
            else coalesce(rows_decided.row_count, 0) + coalesce(rows_by_status.rows_judged_by_rules, 0)
        end as rows_announced
    from runs
    left join rows_decided
        on runs.run_id = rows_decided.replay_run_id
    left join rows_by_status
        on runs.run_id = rows_by_status.run_id

),

figures as (

    select
        runs.run_id,
        runs.kind,
        runs.feed,
        runs.file_name,
        runs.committed_at,
        runs.known_at,
        runs.rows_announced as rows_delivered,
        case when runs.kind = 'file' then runs.rows_landed else runs.rows_announced end as rows_landed,
        runs.rows_malformed,
        coalesce(malformed_rows.malformed_found, 0) as malformed_found,
        runs.rows_classified,
        runs.rows_accepted,
        runs.rows_quarantined,
        runs.rows_condemned,
        runs.rows_duplicate,
        runs.last_booked_on,
        runs.rows_malformed + runs.rows_quarantined as rows_refused,
        runs.quarantine_limit,
        runs.code_limit,
        codes_over_limit.codes as codes_over_limit,
        money.money_astray,
        runs.decision,
        runs.rules_hash,
        {{ 'published_before.known_at' if is_incremental() else 'cast(null as timestamp(6))' }} as published_until,
        {{ 'closed_before.closed_at' if is_incremental() else 'cast(null as timestamp(6))' }} as closed_until
    from announced as runs
    left join malformed_rows
        on runs.run_id = malformed_rows.run_id
    left join money
        on runs.run_id = money.run_id
    left join codes_over_limit
        on runs.run_id = codes_over_limit.run_id
    {% if is_incremental() -%}
    left join published_before
        on runs.feed = published_before.feed
    cross join closed_before
    {%- endif %}

),

-- Every comparison is written so that a missing figure fails: a gate that cannot decide stays shut.
checked as (

    select
        *,
        cast(
            case when rows_delivered > 0 then cast(rows_refused as double) / rows_delivered else 0 end as decimal(9, 6)
        )
            as quarantine_rate,
        case
            when
                not coalesce(
                    rows_delivered = rows_landed + rows_malformed
                    and rows_malformed = malformed_found
                    and rows_landed = rows_classified
                    and rows_classified = rows_accepted + rows_quarantined + rows_condemned + rows_duplicate,
                    false
                )
                then 'counts'
            when money_astray is not null then 'money'
            when kind <> 'file' and rows_delivered = 0 then null
            when known_at <= published_until or known_at <= closed_until then 'order'
            when coalesce(decision, '') in ('release', 'withdraw') or kind <> 'file' then null
            when not coalesce(rows_refused <= quarantine_limit * rows_delivered, false) then 'quarantine rate'
            when codes_over_limit is not null then 'code limit'
        end as failed_check
    from figures

),

explained as (

    select
        *,
        failed_check || ': '
        || case
            when failed_check = 'counts' and kind <> 'file'
                then {{ figure('rows_delivered') }} || ' rows to judge again, ' || {{ figure('rows_classified') }}
                    || ' of them stand refused'
            when failed_check = 'counts'
                then {{ figure('rows_delivered') }} || ' rows delivered, ' || {{ figure('rows_malformed') }}
                    || ' malformed and ' || {{ figure('rows_landed') }} || ' landed by the manifest; found '
                    || {{ figure('malformed_found') }} || ' malformed and '
                    || {{ figure('rows_classified') }} || ' others, '
                    || {{ figure('rows_accepted + rows_quarantined + rows_condemned + rows_duplicate') }}
                    || ' of them with a status'
            when failed_check = 'money' then money_astray || ' lie between delivery and classification'
            when failed_check = 'quarantine rate'
                then {{ figure('rows_refused') }} || ' of ' || {{ figure('rows_delivered') }}
                    || ' rows refused, limit ' || {{ figure('cast(100 * quarantine_limit as decimal(9, 2))') }} || ' %'
            when failed_check = 'code limit' then codes_over_limit || ', limit ' || {{ figure('code_limit') }}
            when failed_check = 'order' and known_at <= published_until
                then 'known from ' || cast(known_at as varchar) || ', but its feed is published until '
                    || cast(published_until as varchar)
            when failed_check = 'order'
                then 'known from ' || cast(known_at as varchar) || ', but a month was closed at '
                    || cast(closed_until as varchar) || ' without it'
        end as failure
    from checked

),

-- A balance over a missing day would be wrong: what a feed delivers after a held run waits behind it.
ordered as (

    select
        *,
        {{ last_known(
            'case when failure is not null then run_id end',
            'partition by feed order by known_at, run_id rows between unbounded preceding and 1 preceding'
        ) }} as held_behind
    from explained

)

select
    run_id,
    kind,
    feed,
    file_name,
    committed_at,
    known_at,
    rows_delivered,
    rows_landed,
    rows_malformed,
    rows_classified,
    rows_accepted,
    rows_quarantined,
    rows_condemned,
    rows_duplicate,
    last_booked_on,
    quarantine_rate,
    quarantine_limit,
    decision,
    rules_hash,
    failed_check,
    failure,
    held_behind,
    case when failure is null and held_behind is null then 'passed' else 'held' end as verdict
from ordered
-- depends_on: {{ ref('period_closes') }}
