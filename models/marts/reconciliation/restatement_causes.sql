{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set cause = account_month + ['run_id'] %}
with

restatements as (

    select * from {{ ref('restatements') }}

),

-- What each version since the close has changed.
steps as (

    select
        {% for column in cause -%}
        versions.{{ column }},
        {% endfor -%}
        versions.balance - coalesce(versions.previous_balance, 0) as amount
    from (
        select
            *,
            lag(balance) over (partition by {{ account_month | join(', ') }} order by known_from) as previous_balance
        from {{ ref('month_end_balance_versions') }}
    ) as versions
    inner join restatements
        on {{ same(account_month, 'versions', 'restatements') }}
            and versions.known_from > restatements.closed_at

),

-- The entries of the month and before that the close did not know. An account that it did not know has all of them.
entries as (

    select
        {% for column in account_month -%}
        restatements.{{ column }},
        {% endfor -%}
        entries.run_id,
        entries.origin_run_id,
        entries.origin_row_number,
        entries.line_number,
        entries.transaction_id,
        entries.booking_date,
        entries.amount
    from restatements
    inner join {{ ref('fct_ledger_entries') }} as entries
        on {{ same(account, 'restatements', 'entries') }}
            and restatements.month >= entries.booking_month
    where entries.known_at > restatements.closed_at
        or restatements.balance_as_closed is null

),

entries_of_runs as (

    select
        {{ cause | join(', ') }},
        sum(amount) as amount
    from entries
    group by {{ cause | join(', ') }}

),

-- What a run changed beyond its entries: the bank states another balance than they lead to.
beyond_entries as (

    select
        {% for column in cause -%}
        coalesce(steps.{{ column }}, runs.{{ column }}) as {{ column }},
        {% endfor -%}
        coalesce(steps.amount, 0) - coalesce(runs.amount, 0) as amount
    from steps
    full outer join entries_of_runs as runs
        on {{ same(cause, 'steps', 'runs') }}

),

causes as (

    select
        {{ cause | join(', ') }},
        'entry' as cause,
        origin_run_id,
        origin_row_number as row_number,
        line_number,
        transaction_id,
        booking_date,
        amount
    from entries
    union all
    select
        {{ cause | join(', ') }},
        'beyond entries' as cause,
        run_id as origin_run_id,
        cast(null as bigint) as row_number,
        cast(null as bigint) as line_number,
        cast(null as varchar) as transaction_id,
        cast(null as date) as booking_date,
        amount
    from beyond_entries
    where amount <> 0

)

select
    causes.feed,
    causes.account_id,
    causes.currency,
    causes.month,
    cast(causes.cause as varchar) as cause,
    causes.run_id,
    files.file_name,
    runs.known_at,
    causes.row_number,
    causes.line_number,
    causes.transaction_id,
    causes.booking_date,
    cast(causes.amount as decimal(38, 4)) as amount
from causes
inner join {{ ref('run_gate') }} as runs
    on causes.run_id = runs.run_id
inner join {{ ref('run_gate') }} as files
    on causes.origin_run_id = files.run_id
