{%- set account_month = ['month', 'feed', 'account_id', 'currency'] %}
{%- set total = ['month', 'feed', 'currency'] %}
with

closed_months as (

    select
        month,
        closed_at,
        cast(month - interval '1' month as date) as month_before,
        lag(month) over (order by month) as last_closed_month
    from {{ ref('closed_months') }}

),

versions as (

    select * from {{ ref('month_end_balance_versions') }}

),

as_closed as (

    select * from {{ ref('month_end_balances_as_closed') }}

),

entries as (

    select * from {{ ref('fct_ledger_entries') }}

),

-- Of each account: where the month ended, where it began by what was known at the close, with what the month before had
-- been closed, and its days as they were known. A day is stated where the bank gives a balance with each entry of it.
figures as (

    select
        cast({{ dbt.dateadd('month', 'figures_of.months_on', 'as_closed.month') }} as date) as month,
        as_closed.feed,
        as_closed.account_id,
        as_closed.currency,
        figures_of.figure,
        as_closed.balance as amount,
        as_closed.is_proven or figures_of.months_on > 0 as is_proven,
        0 as entry_count,
        false as is_stated
    from as_closed
    cross join (values (0, 'closing'), (1, 'closed before')) as figures_of (months_on, figure)
    union all
    select
        closed_months.month,
        versions.feed,
        versions.account_id,
        versions.currency,
        'opening' as figure,
        versions.balance as amount,
        true as is_proven,
        0 as entry_count,
        false as is_stated
    from closed_months
    inner join versions
        on closed_months.month_before = versions.month
            and {{ stood_at('versions', 'closed_months.closed_at') }}
    union all
    select
        closed_months.month,
        entries.feed,
        entries.account_id,
        entries.currency,
        'movement' as figure,
        sum(entries.amount) as amount,
        true as is_proven,
        count(*) as entry_count,
        count(entries.balance_after) = count(*) as is_stated
    from closed_months
    inner join entries
        on closed_months.month = entries.booking_month
            and closed_months.closed_at >= entries.known_at
    group by closed_months.month, entries.feed, entries.account_id, entries.currency, entries.booking_date

),

accounts as (

    select
        {{ account_month | join(', ') }},
        sum(amount) filter (where figure = 'opening') as opening_balance,
        sum(amount) filter (where figure = 'closed before') as closed_before,
        coalesce(sum(amount) filter (where figure = 'movement'), 0) as movement,
        sum(amount) filter (where figure = 'closing') as closing_balance,
        sum(entry_count) as entry_count,
        bool_or(is_stated) as has_stated_day,
        bool_and(is_proven) as is_proven
    from figures
    group by {{ account_month | join(', ') }}

),

compared as (

    select
        accounts.*,
        coalesce(accounts.closing_balance, 0) - coalesce(accounts.opening_balance, 0) - accounts.movement
            as beyond_entries,
        coalesce(closed_months.last_closed_month = closed_months.month_before, false) as is_closed_before,
        (accounts.opening_balance is distinct from accounts.closed_before) as is_restated_before
    from accounts
    inner join closed_months
        on accounts.month = closed_months.month

)

-- A feed that had not reached the month has no balance in it.
select
    {{ total | join(', ') }},
    count(closing_balance) as account_count,
    count(*) filter (where has_stated_day) as stated_count,
    count(*) filter (where not is_proven) as unproven_count,
    count(*) filter (where beyond_entries <> 0 and not has_stated_day) as unexplained_count,
    cast(sum(entry_count) as bigint) as entry_count,
    cast(coalesce(sum(opening_balance), 0) as decimal(38, 4)) as opening_balance,
    cast(
        sum(coalesce(opening_balance, 0) - coalesce(closed_before, 0)) filter (where is_closed_before)
        as decimal(38, 4)
    ) as restated_before,
    count(*) filter (where is_closed_before and is_restated_before) as openings_restated,
    cast(sum(movement) as decimal(38, 4)) as movement,
    cast(sum(beyond_entries) as decimal(38, 4)) as beyond_entries,
    cast(sum(closing_balance) as decimal(38, 4)) as closing_balance
from compared
group by {{ total | join(', ') }}
having count(closing_balance) > 0
