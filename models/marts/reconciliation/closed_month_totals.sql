{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set total = ['month', 'feed', 'currency'] %}
with

closed_months as (

    select * from {{ ref('closed_months') }}

),

versions as (

    select * from {{ ref('month_end_balance_versions') }}

),

as_closed as (

    select * from {{ ref('month_end_balances_as_closed') }}

),

-- Where the month began, by what was known when it was closed, and by what had been closed before.
openings as (

    select
        closed_months.month,
        versions.feed,
        versions.currency,
        sum(versions.balance) as opening_balance,
        case when max(previous.month) is not null then sum(versions.balance - coalesce(before.balance, 0)) end
            as restated_before
    from closed_months
    inner join versions
        on cast(closed_months.month - interval '1' month as date) = versions.month
            and {{ stood_at('versions', 'closed_months.closed_at') }}
    left join closed_months as previous
        on versions.month = previous.month
    left join as_closed as before
        on {{ same(account_month, 'versions', 'before') }}
    group by closed_months.month, versions.feed, versions.currency

),

movements as (

    select
        closed_months.month,
        entries.feed,
        entries.currency,
        sum(entries.amount) as movement,
        count(*) as entry_count
    from closed_months
    inner join {{ ref('fct_ledger_entries') }} as entries
        on closed_months.month = entries.booking_month
            and closed_months.closed_at >= entries.known_at
    group by closed_months.month, entries.feed, entries.currency

),

closings as (

    select
        {{ total | join(', ') }},
        count(*) as account_count,
        count(*) filter (where basis = 'stated') as stated_count,
        count(*) filter (where not is_proven) as unproven_count,
        sum(balance) as closing_balance
    from as_closed
    group by {{ total | join(', ') }}

)

select
    {% for column in total -%}
    closings.{{ column }},
    {% endfor -%}
    closings.account_count,
    closings.stated_count,
    closings.unproven_count,
    coalesce(movements.entry_count, 0) as entry_count,
    cast(coalesce(openings.opening_balance, 0) as decimal(38, 4)) as opening_balance,
    cast(openings.restated_before as decimal(38, 4)) as restated_before,
    cast(coalesce(movements.movement, 0) as decimal(38, 4)) as movement,
    cast(
        closings.closing_balance - coalesce(openings.opening_balance, 0) - coalesce(movements.movement, 0)
        as decimal(38, 4)
    ) as beyond_entries,
    cast(closings.closing_balance as decimal(38, 4)) as closing_balance
from closings
left join openings
    on {{ same(total, 'closings', 'openings') }}
left join movements
    on {{ same(total, 'closings', 'movements') }}
