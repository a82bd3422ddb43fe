{%- set places = [
    'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate', 'rows_held',
] %}
{%- set open_points = {
    'files_held': 'files held',
    'unproven_count': 'balances not proven',
    'unexplained_count': 'balances beyond their entries',
    'openings_restated': 'openings other than closed before',
    'gap_count': 'gaps in the deliveries',
    'restatement_count - unreached_count': 'balances restated since',
    'unreached_count': 'balances since of feeds not reached',
} %}
{%- set reasons = ["case when account_count = 0 then 'no balance was known' end", "'not reached: ' || feeds_missing"] %}
{%- for figure, point in open_points.items() %}
{%- do reasons.append("case when " ~ figure ~ " > 0 then '" ~ point ~ ": ' || cast(" ~ figure ~ " as varchar) end") %}
{%- endfor %}
with

closes as (

    select
        *,
        cast(month + interval '1' month as date) as month_end
    from {{ ref('closed_months') }}

),

-- Until something is published that is known from after a close, something may come that still counts.
latest as (

    select max(known_at) as known_at from {{ ref('run_reconciliation') }}
    where verdict in ('published', 'reopened')

),

files as (

    select * from {{ ref('closed_month_files') }}

),

files_of_month as (

    select
        month,
        {% for figure in ['rows_delivered'] + places -%}
        sum({{ figure }}) filter (where is_since_previous_close) as {{ figure }},
        {% endfor -%}
        max(previous_closed_at) as previous_closed_at,
        count(*) filter (where is_since_previous_close) as file_count,
        count(*) filter (where not is_published) as files_held
    from files
    group by month

),

codes as (

    select
        run_id,
        reason as code
    from {{ ref('stg_malformed_rows') }}
    {% for model in ['int_quarantined_entries', 'int_condemned_entries', 'duplicate_entries'] -%}
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
    where files.is_since_previous_close
        and files.is_published
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
        feed || ' ' || currency as place
    from {{ ref('closed_month_totals') }}

),

totals_of_month as (

    select
        month,
        sum(account_count) as account_count,
        sum(unproven_count) as unproven_count,
        sum(unexplained_count) as unexplained_count,
        sum(openings_restated) as openings_restated,
        {{ dbt.listagg(
            "place || ': ' || cast(opening_balance as varchar) || ' + ' || cast(movement as varchar) || ' + '"
            ~ " || cast(beyond_entries as varchar) || ' = ' || cast(closing_balance as varchar)",
            "', '", 'order by place'
        ) }} as money
    from totals
    group by month

),

-- Feeds that bring entries, had delivered by the close, and had not reached the month.
feeds_delivered as (

    select distinct
        month,
        feed
    from files
    where {{ contract_value('feed', 'kind', 'varchar') }} = 'entries'

),

feeds_reached as (

    select distinct
        month,
        feed
    from {{ ref('month_end_balances_as_closed') }}

),

feeds_of_month as (

    select
        delivered.month,
        {{ dbt.listagg('delivered.feed', "', '", 'order by delivered.feed') }} as feeds_missing
    from feeds_delivered as delivered
    left join feeds_reached as reached
        on {{ same(['month', 'feed'], 'delivered', 'reached') }}
    where reached.feed is null
    group by delivered.month

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
        count(*) as restatement_count,
        count(*) filter (where at_close = 'feed not reached') as unreached_count
    from {{ ref('restatements') }}
    group by month

),

hashes_of_month as (

    select * from {{ ref('closed_month_hashes') }}

),

certified as (

    select
        closes.month,
        closes.closed_at,
        closes.closed_by,
        files_of_month.previous_closed_at,
        coalesce(closes.closed_at >= latest.known_at, true) as is_provisional,
        {% for figure in ['file_count', 'files_held', 'rows_delivered'] + places -%}
        cast(coalesce(files_of_month.{{ figure }}, 0) as bigint) as {{ figure }},
        {% endfor -%}
        codes_of_month.set_aside,
        {% for figure in ['account_count', 'unproven_count', 'unexplained_count', 'openings_restated'] -%}
        cast(coalesce(totals_of_month.{{ figure }}, 0) as bigint) as {{ figure }},
        {% endfor -%}
        totals_of_month.money,
        feeds_of_month.feeds_missing,
        coalesce(breaks_of_month.break_count, 0) as break_count,
        coalesce(gaps_of_month.gap_count, 0) as gap_count,
        coalesce(restatements_of_month.restatement_count, 0) as restatement_count,
        coalesce(restatements_of_month.unreached_count, 0) as unreached_count,
        hashes_of_month.inputs_sha256,
        hashes_of_month.balances_sha256,
        {{ sha256_hex(sql_text(contract_texts())) }} as rules_sha256,
        cast({{ sql_text(env_var('LEDGER_LAKE_CODE_VERSION', 'not stated')) }} as varchar) as code_version
    from closes
    cross join latest
    {% for relation in ['files_of_month', 'codes_of_month', 'totals_of_month', 'feeds_of_month', 'breaks_of_month',
        'gaps_of_month', 'restatements_of_month', 'hashes_of_month'] -%}
    left join {{ relation }}
        on closes.month = {{ relation }}.month
    {% endfor %}
),

reasoned as (

    select
        *,
        {{ compact_array(reasons) }} as reasons
    from certified

)

select
    {% for column in [
        'month', 'closed_at', 'closed_by', 'previous_closed_at', 'is_provisional', 'file_count', 'files_held',
        'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate',
        'rows_held', 'set_aside', 'account_count', 'unproven_count', 'unexplained_count', 'openings_restated', 'money',
        'break_count', 'gap_count', 'restatement_count', 'inputs_sha256', 'balances_sha256', 'rules_sha256', 'code_version',
    ] -%}
    {{ column }},
    {% endfor -%}
    cast(case when {{ array_length('reasons') }} = 0 then 'certified' else 'qualified' end as varchar) as verdict,
    reasons
from reasoned
