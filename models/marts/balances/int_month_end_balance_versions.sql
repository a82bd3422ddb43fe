-- Days that stand are read where an account is not closed from its first day on.
-- depends_on: {{ ref('int_daily_closing_balances') }}

{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set account_then = account + ['known_from'] %}
{%- set day_columns = account_then + [
    'booking_month', 'booking_date', 'entry_count', 'opening_balance', 'movement', 'break_amount', 'closing_balance',
    'basis', 'decided_by',
] %}
{%- set version_columns = account_month + ['known_from', 'balance', 'basis', 'is_proven', 'run_id'] %}
with

-- What a build has not looked for is not left from an earlier one.
candidates as (

    select * from {{ ref('int_version_candidates') }}
    {% if is_incremental() -%}
    where {{ is_open_run() }}
    {%- endif %}

),

-- Where entries have come since, the account is closed with those that were known at the moment.
accounts_then as (

    select distinct
        {{ account_then | join(', ') }},
        reclose_from
    from candidates
    where not is_as_now

),

entries_then as (

    select
        entries.feed,
        entries.account_id,
        entries.currency,
        accounts_then.known_from,
        entries.booking_date,
        entries.transaction_id,
        entries.amount,
        entries.balance_after
    from {{ ref('fct_ledger_entries') }} as entries
    inner join accounts_then
        on {{ same(account, 'entries', 'accounts_then') }}
            and entries.known_at <= accounts_then.known_from
            {% if is_incremental() -%}
            and entries.booking_date >= accounts_then.reclose_from
            {%- endif %}

),

{% if is_incremental() -%}
standing_days as (

    select
        days.*,
        accounts_then.known_from
    from {{ ref('int_daily_closing_balances') }} as days
    inner join accounts_then
        on {{ same(account, 'days', 'accounts_then') }}
            and days.booking_date < accounts_then.reclose_from

),
{%- endif %}

closed_then as (
    {{ close_days('entries_then', account_then, 'standing_days' if is_incremental() else none) }}
),

days_then as (

    select {{ day_columns | join(', ') }} from closed_then
    {% if is_incremental() -%}
    union all
    select {{ day_columns | join(', ') }} from standing_days
    {%- endif %}

),

months_then as (
    {{ close_months('days_then', account_then) }}
),

known_then as (

    select
        {% for column in account_month + ['known_from'] -%}
        moments.{{ column }},
        {% endfor -%}
        max_by(months_then.balance, months_then.month) as balance,
        max_by(months_then.basis, months_then.month) as basis,
        max_by(months_then.is_proven, months_then.month) as is_proven,
        max(moments.run_id) as run_id
    from candidates as moments
    inner join months_then
        on {{ same(account_then, 'moments', 'months_then') }}
            and moments.month >= months_then.month
    where not moments.is_as_now
    group by moments.{{ (account_month + ['known_from']) | join(', moments.') }}

),

known as (

    select {{ version_columns | join(', ') }} from candidates
    where is_as_now
    union all
    select {{ version_columns | join(', ') }} from known_then

),

{% if is_incremental() -%}
known_before as (

    select
        {{ account_month | join(', ') }},
        max(known_from) as known_from,
        max_by(balance, known_from) as balance,
        max_by(basis, known_from) as basis,
        max_by(is_proven, known_from) as is_proven,
        max_by(run_id, known_from) as run_id
    from {{ this }}
    where not {{ is_open_run() }}
        and ({{ account | join(', ') }}) in (
            select {{ account | join(', ') }} from candidates
            where reclose_from is not null
        )
    group by {{ account_month | join(', ') }}

),
{%- endif %}

in_order as (

    select
        *,
        lag(known_from) over (by_month) as previous_from,
        lag(balance) over (by_month) as previous_balance,
        lag(basis) over (by_month) as previous_basis,
        lag(is_proven) over (by_month) as previous_is_proven
    from (
        select {{ version_columns | join(', ') }} from known
        {% if is_incremental() -%}
        union all
        select {{ version_columns | join(', ') }} from known_before
        {%- endif %}
    ) as all_known
    window by_month as (partition by {{ account_month | join(', ') }} order by known_from)

)

select {{ version_columns | join(', ') }} from in_order
where (
    previous_from is null
    or balance is distinct from previous_balance
    or basis is distinct from previous_basis
    or is_proven is distinct from previous_is_proven
)
{%- if is_incremental() %}
and {{ is_open_run() }}
{{- ' and false' if not something_to_do() }}
{%- endif %}
