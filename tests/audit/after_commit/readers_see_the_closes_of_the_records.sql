-- What readers' views tell of months as they were closed and as they were first reported is what the records say.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

as_closed as (

    select
        shown.{{ account_month | join(', shown.') }},
        records.balance,
        records.opening_balance = shown.opening_balance
        and records.movement = shown.movement
        and records.break_amount = shown.break_amount
        and records.balance = shown.balance
        and records.entry_count = shown.entry_count
        and records.is_proven = shown.is_proven as is_recorded
    from {{ ref('month_end_balances_as_closed') }} as shown
    left join {{ ref('month_end_versions') }} as records
        on {{ same(account_month + ['publication_id'], 'shown', 'records') }}

)

select
    cast('month_end_balances_as_closed' as varchar) as relation,
    feed,
    account_id,
    cast(month as varchar) as month
from as_closed
where is_recorded is distinct from true
union all
select
    'month_end_balances_first_reported' as relation,
    shown.feed,
    shown.account_id,
    cast(shown.month as varchar) as month
from {{ ref('month_end_balances_first_reported') }} as shown
left join {{ ref('month_end_versions') }} as records
    on {{ same(account_month + ['publication_id'], 'shown', 'records') }}
where (records.balance = shown.balance and records.movement = shown.movement) is distinct from true
    -- All of them at once are many: the closed months and the last one speak for the others.
    and shown.month in (
        select closed_months.month from {{ ref('closed_months') }} as closed_months
        union all
        select max(reported_months.month) from {{ ref('reported_months') }} as reported_months
    )
