-- Every published month-end of every account, worked out anew from the published entries: opening + movement + break is
-- the balance, a month opens on the balance before, no month is missing, and movements are those of the entries. Reads
-- everything: `make audit` runs it.
{{ config(enabled=var('audit_scope') == 'everything', tags=['after_commit']) }}
{%- set account = ['feed', 'account_id', 'currency'] %}
with

in_order as (

    select
        *,
        lag(balance) over (by_month) as previous_balance,
        lag(month) over (by_month) as previous_month
    from {{ ref('month_end_balances') }}
    window by_month as (partition by {{ account | join(', ') }} order by month)

),

entries as (

    select
        {{ account | join(', ') }},
        booking_month as month,
        sum(amount) as movement,
        count(*) as entry_count
    from {{ ref('fct_ledger_entries') }}
    group by {{ account | join(', ') }}, booking_month

)

select
    coalesce(in_order.feed, entries.feed) as feed,
    coalesce(in_order.account_id, entries.account_id) as account_id,
    coalesce(in_order.currency, entries.currency) as currency,
    coalesce(in_order.month, entries.month) as month,
    in_order.opening_balance,
    in_order.previous_balance,
    in_order.movement,
    entries.movement as movement_of_entries,
    in_order.break_amount,
    in_order.balance
from in_order
full outer join entries
    on {{ same(account + ['month'], 'in_order', 'entries') }}
where (
    in_order.balance = in_order.opening_balance + in_order.movement + in_order.break_amount
    and in_order.movement = coalesce(entries.movement, 0)
    and in_order.entry_count = coalesce(entries.entry_count, 0)
    and case
        when in_order.previous_month is null then in_order.entry_count > 0
        else
            in_order.opening_balance = in_order.previous_balance
            and in_order.previous_month = cast(in_order.month - interval '1' month as date)
    end
) is distinct from true
