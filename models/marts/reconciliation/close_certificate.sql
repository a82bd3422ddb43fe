with

-- Each file belongs to the first close after its commit.
closes as (

    select
        *,
        cast(month + interval '1' month as date) as month_end,
        coalesce(
            lag(closed_at) over (order by closed_at, month), timestamp '0001-01-01 00:00:00'
        ) as closed_before
    from {{ ref('closed_months') }}

),

files as (

    select
        closes.month,
        runs.*
    from {{ ref('run_reconciliation') }} as runs
    inner join closes
        on runs.known_at > closes.closed_before
            and runs.known_at <= closes.closed_at

),

files_of_month as (

    select
        month,
        count(*) as file_count,
        count(*) filter (where verdict <> 'published') as files_held,
        sum(rows_delivered) as rows_delivered,
        sum(rows_malformed) as rows_malformed,
        sum(rows_accepted) as rows_accepted,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_condemned) as rows_condemned,
        sum(rows_duplicate) as rows_duplicate
    from files
    group by month

),

codes as (

    select
        run_id,
        reason as code
    from {{ ref('stg_malformed_rows') }}
    {% for model in ['quarantine_entries', 'condemned_entries', 'duplicate_entries'] -%}
    union all
    select
        entries.run_id,
        reasons.code
    from {{ ref(model) }} as entries
    cross join unnest(entries.rejection_reasons) as reasons (code)
    {% endfor %}
),

rows_by_code as (

    select
        files.month,
        codes.code,
        count(*) as row_count
    from codes
    inner join files
        on codes.run_id = files.run_id
    group by files.month, codes.code

),

codes_of_month as (

    select
        month,
        {{ dbt.listagg("code || ' ' || cast(row_count as varchar)", "', '", 'order by code') }} as set_aside
    from rows_by_code
    group by month

),

totals as (

    select
        *,
        feed || ' ' || currency as place,
        stated_count = 0 and beyond_entries <> 0 as is_unexplained
    from {{ ref('closed_month_totals') }}

),

totals_of_month as (

    select
        month,
        sum(account_count) as account_count,
        sum(unproven_count) as unproven_count,
        {{ dbt.listagg(
            "place || ': ' || cast(opening_balance as varchar) || ' + ' || cast(movement as varchar) || ' + '"
            ~ " || cast(beyond_entries as varchar) || ' = ' || cast(closing_balance as varchar)",
            "', '", 'order by place'
        ) }} as money,
        {{ dbt.listagg(
            "case when is_unexplained then place || ' ' || cast(beyond_entries as varchar) end", "', '", 'order by place'
        ) }} as unexplained
    from totals
    group by month

),

-- Feeds that have balances, and had not reached the month.
feeds_of_month as (

    select
        month,
        {{ dbt.listagg('feed', "', '", 'order by feed') }} as feeds_missing
    from (
        select distinct
            closes.month,
            gate.feed
        from closes
        inner join {{ ref('run_gate') }} as gate
            on closes.closed_at >= gate.known_at
        where gate.verdict = 'passed'
            and gate.last_booked_on is not null
            and (closes.month, gate.feed) not in (
                select
                    totals.month,
                    totals.feed
                from totals
            )
    ) as missing
    group by month

),

gaps_of_month as (

    select
        closes.month,
        count(*) as gap_count
    from closes
    inner join {{ ref('delivery_gaps') }} as gaps
        on closes.month_end > gaps.missing_from
            and closes.month <= gaps.missing_to
    group by closes.month

),

breaks_of_month as (

    select
        closes.month,
        count(*) as break_count
    from closes
    inner join {{ ref('balance_breaks') }} as breaks
        on closes.month <= breaks.booking_date
            and closes.month_end > breaks.booking_date
    group by closes.month

),

restatements_of_month as (

    select
        month,
        count(*) as restatement_count
    from {{ ref('restatements') }}
    group by month

),

-- Hashes of hashes, so that no list of them grows too long for an engine.
inputs_of_day as (

    select
        closes.month,
        runs.ingest_date,
        {{ sha256_hex(dbt.listagg('runs.sha256', "' '", 'order by runs.run_id')) }} as sha256
    from closes
    inner join {{ ref('int_runs') }} as runs
        on closes.closed_at >= runs.known_at
    group by closes.month, runs.ingest_date

),

inputs as (

    select
        month,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by ingest_date')) }} as sha256
    from inputs_of_day
    group by month

),

balances as (

    select
        month,
        {{ sha256_hex(
            "feed || chr(31) || account_id || chr(31) || currency || chr(31) || cast(balance as varchar) || chr(31)"
            ~ " || basis || chr(31) || case when is_proven then 'proven' else 'unproven' end"
        ) }} as sha256
    from {{ ref('month_end_balances_as_closed') }}

),

balances_of_bucket as (

    select
        month,
        substr(sha256, 1, 3) as bucket,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by sha256')) }} as sha256
    from balances
    group by month, substr(sha256, 1, 3)

),

results as (

    select
        month,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by bucket')) }} as sha256
    from balances_of_bucket
    group by month

),

certified as (

    select
        closes.month,
        closes.closed_at,
        closes.closed_by,
        coalesce(files_of_month.file_count, 0) as file_count,
        {% for figure in ['files_held', 'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined',
            'rows_condemned', 'rows_duplicate'] -%}
        cast(coalesce(files_of_month.{{ figure }}, 0) as bigint) as {{ figure }},
        {% endfor -%}
        codes_of_month.set_aside,
        cast(coalesce(totals_of_month.account_count, 0) as bigint) as account_count,
        cast(coalesce(totals_of_month.unproven_count, 0) as bigint) as unproven_count,
        totals_of_month.money,
        nullif(totals_of_month.unexplained, '') as unexplained,
        feeds_of_month.feeds_missing,
        coalesce(breaks_of_month.break_count, 0) as break_count,
        coalesce(gaps_of_month.gap_count, 0) as gap_count,
        coalesce(restatements_of_month.restatement_count, 0) as restatement_count,
        inputs.sha256 as inputs_sha256,
        results.sha256 as balances_sha256,
        {{ sha256_hex(sql_text(contract_texts())) }} as rules_sha256,
        cast({{ sql_text(env_var('LEDGER_LAKE_CODE_VERSION', 'not stated')) }} as varchar) as code_version
    from closes
    {% for relation in ['files_of_month', 'codes_of_month', 'totals_of_month', 'feeds_of_month', 'breaks_of_month',
        'gaps_of_month', 'restatements_of_month', 'inputs', 'results'] -%}
    left join {{ relation }}
        on closes.month = {{ relation }}.month
    {% endfor %}
),

reasoned as (

    select
        *,
        {{ compact_array([
            "case when account_count = 0 then 'no balance was known' end",
            "'not reached: ' || feeds_missing",
            "case when files_held > 0 then 'files held: ' || " ~ figure('files_held') ~ " end",
            "case when unproven_count > 0 then 'balances not proven: ' || " ~ figure('unproven_count') ~ " end",
            "'money without an entry: ' || unexplained",
            "case when gap_count > 0 then 'gaps in the deliveries: ' || " ~ figure('gap_count') ~ " end",
            "case when restatement_count > 0 then 'balances restated since: ' || " ~ figure('restatement_count') ~ " end",
        ]) }} as reasons
    from certified

)

select
    {% for column in [
        'month', 'closed_at', 'closed_by', 'file_count', 'files_held', 'rows_delivered', 'rows_malformed', 'rows_accepted',
        'rows_quarantined', 'rows_condemned', 'rows_duplicate', 'set_aside', 'account_count', 'unproven_count', 'money',
        'break_count', 'gap_count', 'restatement_count', 'inputs_sha256', 'balances_sha256', 'rules_sha256', 'code_version',
    ] -%}
    {{ column }},
    {% endfor -%}
    cast(case when {{ array_length('reasons') }} = 0 then 'certified' else 'qualified' end as varchar) as verdict,
    reasons
from reasoned
