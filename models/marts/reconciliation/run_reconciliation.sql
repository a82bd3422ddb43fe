-- A run is published once everything before this table holds it, balances and snapshots included.
-- depends_on: {{ ref('accounts_snapshot') }}
-- depends_on: {{ ref('int_month_end_balance_versions') }}
-- depends_on: {{ ref('published_balances_snapshot') }}

{% set account = ['feed', 'account_id', 'currency'] -%}
{% set day = account + ['booking_date'] -%}
with

{% set places = {
    'rows_accepted': ['fct_ledger_entries', 'account_records'],
    'rows_quarantined': ['int_quarantined_entries'],
    'rows_condemned': ['int_condemned_entries'],
    'rows_duplicate': ['duplicate_entries'],
} -%}
gate as (

    select * from {{ ref('run_gate') }}
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {%- endif %}

),

published as (
    {% for figure, models in places.items() %}
    {%- set is_last_figure = loop.last -%}
    {% for model in models %}
    select
        run_id,
        '{{ figure }}' as figure,
        count(*) as row_count
    from {{ ref(model) }}
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {% endif -%}
    group by run_id
    {{ 'union all' if not (is_last_figure and loop.last) }}
    {%- endfor %}
    {%- endfor %}
),

counted as (

    select
        {% for figure in places -%}
        sum(case when figure = '{{ figure }}' then row_count else 0 end) as {{ figure }},
        {% endfor -%}
        run_id
    from published
    group by run_id

),

money as (

    select
        run_id,
        sum(abs(difference)) as amount_astray
    from {{ ref('run_money_reconciliation') }}
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {% endif -%}
    group by run_id

),

-- Days that have entries of a run, with as many entries in the ledger as the day and its month were closed with?
entry_days as (

    select distinct
        {{ day | join(', ') }},
        booking_month,
        run_id
    from {{ ref('fct_ledger_entries') }}
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {% endif %}
),

days_of_ledger as (

    select
        {{ day | join(', ') }},
        count(*) as entry_count
    from {{ ref('fct_ledger_entries') }}
    where ({{ account | join(', ') }}) in (select {{ account | join(', ') }} from entry_days)
    group by {{ day | join(', ') }}

),

months_of_days as (

    select
        {{ account | join(', ') }},
        booking_month as month,
        sum(entry_count) as entry_count
    from {{ ref('int_daily_closing_balances') }}
    where ({{ account | join(', ') }}) in (select {{ account | join(', ') }} from entry_days)
    group by {{ account | join(', ') }}, booking_month

),

unbalanced as (

    select
        entry_days.run_id,
        count(*) as days_unbalanced
    from entry_days
    left join days_of_ledger
        on {{ same(day, 'entry_days', 'days_of_ledger') }}
    left join {{ ref('int_daily_closing_balances') }} as days
        on {{ same(day, 'entry_days', 'days') }}
    left join months_of_days
        on {{ same(account, 'entry_days', 'months_of_days') }} and entry_days.booking_month = months_of_days.month
    left join {{ ref('month_end_balances') }} as months
        on {{ same(account, 'entry_days', 'months') }} and entry_days.booking_month = months.month
    where (
        days.entry_count = days_of_ledger.entry_count and months.entry_count = months_of_days.entry_count
    ) is distinct from true
    group by entry_days.run_id

),

-- What a held run's rows were classified as; they are published nowhere yet.
figures as (

    select
        gate.run_id,
        gate.kind,
        gate.feed,
        gate.file_name,
        gate.known_at,
        gate.rows_delivered,
        gate.rows_malformed,
        {% for figure in places -%}
        cast(
            case when gate.verdict = 'held' then gate.{{ figure }} else coalesce(counted.{{ figure }}, 0) end as bigint
        ) as {{ figure }},
        {% endfor -%}
        gate.quarantine_rate,
        gate.quarantine_limit,
        gate.decision,
        gate.failed_check,
        gate.failure,
        gate.held_behind,
        gate.verdict as gate_verdict,
        coalesce(money.amount_astray, 0) as amount_astray,
        coalesce(unbalanced.days_unbalanced, 0) as days_unbalanced
    from gate
    left join counted
        on gate.run_id = counted.run_id
    left join money
        on gate.run_id = money.run_id
    left join unbalanced
        on gate.run_id = unbalanced.run_id

)

select
    run_id,
    kind,
    feed,
    file_name,
    known_at,
    rows_delivered,
    rows_malformed,
    rows_accepted,
    rows_quarantined,
    rows_condemned,
    rows_duplicate,
    quarantine_rate,
    quarantine_limit,
    decision,
    failed_check,
    failure,
    held_behind,
    case
        when gate_verdict = 'held' then 'held'
        when
            rows_delivered = rows_malformed + rows_accepted + rows_quarantined + rows_condemned + rows_duplicate
            and amount_astray = 0
            and days_unbalanced = 0
            then 'published'
        else 'unreconciled'
    end as verdict
from figures
