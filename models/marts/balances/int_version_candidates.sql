-- The rows of open runs tell which accounts have changed.
-- depends_on: {{ ref('int_entries_classified') }}

-- This is a table of its own because Athena would work all of it out again wherever the versions' query reads it, and
-- refuses so large a query.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set before_all = "timestamp '0001-01-01 00:00:00'" %}
with

-- What a feed had brought by each commit: up to which day it was known, and up to which month it was reported.
commits as (

    select
        feed,
        known_at,
        max(run_id) as run_id,
        {{ local_date('known_at', var('reporting_time_zone')) }} as known_on,
        max({{ month_of('max(last_booked_on)') }}) over (partition by feed order by known_at) as last_month
    from {{ ref('run_gate') }}
    where verdict = 'passed'
    group by feed, known_at

),

commits_of_build as (

    select * from commits
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {%- endif %}

),

months_of_feeds as (

    select distinct
        feed,
        month
    from {{ ref('month_end_balances') }}

),

-- A month is reported from the first commit after its end on that has reached it.
reported_months as (

    select
        months.feed,
        months.month,
        min(commits.known_at) as reported_from
    from months_of_feeds as months
    inner join commits
        on months.feed = commits.feed
            and months.month <= commits.last_month
            and cast(months.month + interval '1' month as date) <= commits.known_on
    group by months.feed, months.month

),

{% if is_incremental() -%}
accounts_to_reclose as (
    {{ accounts_to_reclose(ref('int_daily_closing_balances')) }}
),
{%- endif %}

entries_known as (

    select
        entries.{{ account | join(', entries.') }},
        entries.booking_date,
        entries.known_at,
        count(entries.balance_after) as stated_count
    from {{ ref('fct_ledger_entries') }} as entries
    {% if is_incremental() -%}
    inner join accounts_to_reclose as reclosed
        on {{ same(account, 'entries', 'reclosed') }}
            and entries.booking_date >= reclosed.reclose_from
    where {{ is_reclosed_month('entries.booking_month', accounts_to_reclose(ref('int_daily_closing_balances'))) }}
    {%- endif %}
    group by entries.{{ account | join(', entries.') }}, entries.booking_date, entries.known_at

),

days_known as (

    select
        {{ account | join(', ') }},
        booking_date,
        min(known_at) as first_known,
        max(known_at) as last_known,
        sum(stated_count) as stated_count
    from entries_known
    group by {{ account | join(', ') }}, booking_date

),

-- Days before those that are closed again were known before the commits of this build.
days as (

    select
        days.*,
        coalesce(known.first_known, {{ before_all }}) as first_known,
        coalesce(known.last_known, {{ before_all }}) as last_known,
        days.decided_by in ('neighbours', 'undecided') as is_ambiguous,
        days.entry_count > 1 and (days.basis = 'stated' or coalesce(known.stated_count, 0) > 0) as may_have_leant,
        {{ first_known(
            "case when days.decided_by = 'chain' then days.booking_date end",
            'partition by days.feed, days.account_id, days.currency order by days.booking_date'
            ~ ' rows between current row and unbounded following'
        ) }} as next_certain_day
    from {{ ref('int_daily_closing_balances') }} as days
    {% if is_incremental() -%}
    inner join accounts_to_reclose as reclosed
        on {{ same(account, 'days', 'reclosed') }}
    {%- endif %}
    left join days_known as known
        on {{ same(account + ['booking_date'], 'days', 'known') }}

),

-- A day's closing is settled when all its entries are known; an ambiguous one's when those to the next certain day are.
settled_days as (

    select
        *,
        case when is_ambiguous then max(last_known) over until_decided else last_known end as settled_from
    from days
    window
        until_decided as (
            partition by {{ account | join(', ') }}, next_certain_day
            order by booking_date
            rows between current row and unbounded following
        )

),

-- What the month's end of an account rests on: all days up to it, and those after it that decide one of them, or have
-- decided it at some moment: which ones these were then, today's closings cannot tell.
settled_months as (

    select
        {{ account | join(', ') }},
        booking_month as month,
        min(min(first_known)) over (by_month) as begun_from,
        max(max(settled_from)) over (by_month) as settled_from,
        bool_or(bool_or(may_have_leant)) over (by_month) as may_have_leant
    from settled_days
    group by {{ account | join(', ') }}, booking_month
    window by_month as (partition by {{ account | join(', ') }} order by booking_month)

),

-- Every month of these accounts that is reported, also those without entries, with the moment of its first version.
account_months as (

    select
        months.feed,
        months.account_id,
        months.currency,
        months.month,
        months.balance,
        months.basis,
        months.is_proven,
        greatest(reported.reported_from, {{ last_known('settled.begun_from', 'by_month') }}) as first_version_from,
        {{ last_known('settled.settled_from', 'by_month') }} as settled_from,
        {{ last_known('settled.may_have_leant', 'by_month') }} as may_have_leant
    from {{ ref('month_end_balances') }} as months
    {% if is_incremental() -%}
    inner join accounts_to_reclose as reclosed
        on {{ same(account, 'months', 'reclosed') }}
    {%- endif %}
    inner join reported_months as reported
        on {{ same(['feed', 'month'], 'months', 'reported') }}
    left join settled_months as settled
        on {{ same(account_month, 'months', 'settled') }}
    window by_month as (partition by months.feed, months.account_id, months.currency order by months.month)

),

-- The moments from which a month's end may have been known otherwise: its first version, and each later commit of an
-- entry that it rests on.
moments as (

    select
        {{ account_month | join(', ') }},
        first_version_from as known_from
    from account_months
    union distinct
    select
        {% for column in account_month -%}
        months.{{ column }},
        {% endfor -%}
        known.known_at as known_from
    from account_months as months
    inner join entries_known as known
        on {{ same(account, 'months', 'known') }}
            and months.first_version_from < known.known_at
            and months.settled_from >= known.known_at
            and (months.may_have_leant or known.booking_date < cast(months.month + interval '1' month as date))
    where months.first_version_from < months.settled_from

),

candidates as (

    select
        {% for column in account_month -%}
        moments.{{ column }},
        {% endfor -%}
        moments.known_from,
        {{ 'reclosed.reclose_from' if is_incremental() else 'cast(null as date)' }} as reclose_from,
        moments.known_from >= months.settled_from as is_as_now,
        months.balance,
        months.basis,
        months.is_proven
    from moments
    inner join account_months as months
        on {{ same(account_month, 'moments', 'months') }}
    {% if is_incremental() -%}
    inner join accounts_to_reclose as reclosed
        on {{ same(account, 'moments', 'reclosed') }}
    union all
    -- The other accounts have a version of each month that is reported now for the first time.
    select
        {% for column in account_month -%}
        months.{{ column }},
        {% endfor -%}
        reported.reported_from as known_from,
        cast(null as date) as reclose_from,
        true as is_as_now,
        months.balance,
        months.basis,
        months.is_proven
    from {{ ref('month_end_balances') }} as months
    inner join reported_months as reported
        on {{ same(['feed', 'month'], 'months', 'reported') }}
    left join accounts_to_reclose as reclosed
        on {{ same(account, 'months', 'reclosed') }}
    where reclosed.feed is null
    {%- endif %}

)

select
    candidates.*,
    commits.run_id
from candidates
inner join commits_of_build as commits
    on candidates.feed = commits.feed
        and candidates.known_from = commits.known_at
{%- if is_incremental() and not something_to_do() %}
where false
{%- endif %}
