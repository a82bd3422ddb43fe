-- The rows of open runs tell which accounts to recompute.
-- depends_on: {{ ref('int_entries_classified') }}

{%- set account = ['feed', 'account_id', 'currency'] %}
with

days as (

    select * from {{ ref('int_daily_closing_balances') }}

),

{% if is_incremental() -%}
accounts_to_reclose as (
    {{ accounts_to_reclose(ref('int_daily_closing_balances')) }}
),

-- From the last month with entries that stands before the first day that was closed again: it is carried on anew.
reclosed as (

    select
        accounts.feed,
        accounts.account_id,
        accounts.currency,
        coalesce(max(days.booking_month), {{ month_of('accounts.reclose_from') }}) as from_month
    from accounts_to_reclose as accounts
    left join days
        on {{ same(account, 'accounts', 'days') }}
            and accounts.reclose_from > days.booking_date
    group by accounts.feed, accounts.account_id, accounts.currency, accounts.reclose_from

),
{%- endif %}

days_to_report as (

    select days.*
    from days
    {% if is_incremental() -%}
    inner join reclosed
        on {{ same(account, 'days', 'reclosed') }}
            and days.booking_month >= reclosed.from_month
    {%- endif %}

),

months as (
    {{ close_months('days_to_report', account) }}
),

last_months as (

    select
        feed,
        {{ report_end('max(booking_month)') }} as last_month
    from days
    group by feed

),

until_next_entry as (

    select
        months.*,
        coalesce(
            cast(lead(months.month) over (
                partition by months.feed, months.account_id, months.currency order by months.month
            ) - interval '1' month as date),
            last_months.last_month
        ) as last_quiet_month
    from months
    inner join last_months
        on months.feed = last_months.feed

),

calculated as (

    select
        feed,
        account_id,
        currency,
        spine.month,
        case when spine.month = entries.month then entries.opening_balance else entries.balance end as opening_balance,
        case when spine.month = entries.month then entries.movement else 0 end as movement,
        case when spine.month = entries.month then entries.break_amount else 0 end as break_amount,
        entries.balance,
        case when spine.month = entries.month then entries.entry_count else 0 end as entry_count,
        entries.basis,
        entries.is_proven
    from until_next_entry as entries
    {{ unnest_months('entries.month', 'entries.last_quiet_month', 'spine') }}

),

{% if is_incremental() -%}
reported as (

    select
        reported.*,
        reclosed.from_month,
        last_months.last_month,
        max(reported.month) over (partition by reported.feed) as reported_until
    from {{ standing_rows(months_out_of_report(), account + ['month']) }} as reported
    inner join last_months
        on reported.feed = last_months.feed
    left join reclosed
        on {{ same(account, 'reported', 'reclosed') }}

),

-- The report has grown by a month: each account carries its last balance into it, up to its own new entries.
carried as (

    select
        feed,
        account_id,
        currency,
        spine.month,
        reported.balance as opening_balance,
        0 as movement,
        0 as break_amount,
        reported.balance,
        0 as entry_count,
        reported.basis,
        reported.is_proven
    from reported
    {{ unnest_months(
        "reported.month + interval '1' month",
        "coalesce(least(reported.last_month, reported.from_month - interval '1' month), reported.last_month)",
        'spine'
    ) }}
    where reported.month = reported.reported_until

),

-- A month that was still running has ended since.
ended as (

    select
        feed,
        account_id,
        currency,
        month,
        opening_balance,
        movement,
        break_amount,
        balance,
        entry_count,
        basis,
        is_proven
    from reported
    where is_provisional and (from_month is null or month < from_month)

),
{%- endif %}

balances as (

    select * from calculated
    {% if is_incremental() -%}
    union all
    select * from carried
    union all
    select * from ended
    {%- endif %}

),

known as (

    select
        feed,
        {{ local_date('max(known_at)', var('reporting_time_zone')) }} as known_on
    from {{ ref('run_gate') }}
    where verdict = 'passed'
    group by feed

),

flagged as (

    select
        balances.feed,
        balances.account_id,
        balances.currency,
        balances.month,
        cast(balances.opening_balance as decimal(38, 4)) as opening_balance,
        cast(balances.movement as decimal(38, 4)) as movement,
        cast(balances.break_amount as decimal(38, 4)) as break_amount,
        cast(balances.balance as decimal(38, 4)) as balance,
        cast(balances.entry_count as bigint) as entry_count,
        balances.basis,
        balances.is_proven,
        known.known_on < cast(balances.month + interval '1' month as date) as is_provisional
    from balances
    inner join known
        on balances.feed = known.feed

)

select flagged.*
from flagged
{{ where_changed(
    'flagged',
    ['feed', 'account_id', 'currency', 'month'],
    [
        'opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'basis', 'is_proven',
        'is_provisional',
    ]
) }}
