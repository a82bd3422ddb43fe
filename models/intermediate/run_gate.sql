with

runs as (

    select
        *,
        {{ contract_value('feed', 'quarantine_limit', 'decimal(9, 6)') }} as quarantine_limit
    from {{ ref('int_runs') }}
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {%- endif %}

),

decisions as (

    select * from {{ ref('run_decisions') }}

),

rows_by_status as (

    select
        run_id,
        count(*) as rows_classified,
        count(*) filter (where status = 'accepted') as rows_accepted,
        count(*) filter (where status = 'quarantined') as rows_quarantined,
        count(*) filter (where status = 'condemned') as rows_condemned,
        count(*) filter (where status = 'duplicate') as rows_duplicate,
        max(case when status = 'accepted' then booking_date end) as last_booked_on
    from {{ ref('int_entries_classified') }}
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {%- endif %}
    group by run_id

),

malformed_rows as (

    select
        run_id,
        count(*) as malformed_found
    from {{ ref('stg_malformed_rows') }}
    {% if is_incremental() -%}
    where {{ is_open_run(partitioned=true) }}
    {%- endif %}
    group by run_id

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
        and {{ is_open_run() }}
        {%- endif %}
    group by run_id

),

figures as (

    select
        runs.run_id,
        runs.feed,
        runs.file_name,
        runs.known_at,
        runs.rows_delivered,
        runs.rows_landed,
        runs.rows_malformed,
        coalesce(malformed_rows.malformed_found, 0) as malformed_found,
        coalesce(rows_by_status.rows_classified, 0) as rows_classified,
        coalesce(rows_by_status.rows_accepted, 0) as rows_accepted,
        coalesce(rows_by_status.rows_quarantined, 0) as rows_quarantined,
        coalesce(rows_by_status.rows_condemned, 0) as rows_condemned,
        coalesce(rows_by_status.rows_duplicate, 0) as rows_duplicate,
        rows_by_status.last_booked_on,
        runs.rows_malformed + coalesce(rows_by_status.rows_quarantined, 0) as rows_refused,
        runs.quarantine_limit,
        money.money_astray,
        decisions.decision
    from runs
    left join rows_by_status
        on runs.run_id = rows_by_status.run_id
    left join malformed_rows
        on runs.run_id = malformed_rows.run_id
    left join money
        on runs.run_id = money.run_id
    left join decisions
        on runs.run_id = decisions.run_id

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
            when coalesce(decision, '') in ('release', 'withdraw') then null
            when not coalesce(rows_refused <= quarantine_limit * rows_delivered, false) then 'quarantine rate'
        end as failed_check
    from figures

),

explained as (

    select
        *,
        failed_check || ': '
        || case failed_check
            when 'counts'
                then {{ figure('rows_delivered') }} || ' rows delivered, ' || {{ figure('rows_malformed') }}
                    || ' malformed and ' || {{ figure('rows_landed') }} || ' landed by the manifest; found '
                    || {{ figure('malformed_found') }} || ' malformed and '
                    || {{ figure('rows_classified') }} || ' others, '
                    || {{ figure('rows_accepted + rows_quarantined + rows_condemned + rows_duplicate') }}
                    || ' of them with a status'
            when 'money' then money_astray || ' lie between delivery and classification'
            when 'quarantine rate'
                then {{ figure('rows_refused') }} || ' of ' || {{ figure('rows_delivered') }}
                    || ' rows refused, limit ' || {{ figure('cast(100 * quarantine_limit as decimal(9, 2))') }} || ' %'
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
    feed,
    file_name,
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
    failed_check,
    failure,
    held_behind,
    case when failure is null and held_behind is null then 'passed' else 'held' end as verdict
from ordered
