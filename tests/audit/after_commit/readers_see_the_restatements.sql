-- A restatement is the difference of the balance of now and the one as closed, and there is one.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set months = ask('select distinct cast(month as varchar) from ' ~ ref('restatements'), ref('restatements')) %}
with

balances as (

    select * from {{ ref('month_end_balances') }}
    where month {{ in_months(months) }}

),

as_closed as (

    select * from {{ ref('month_end_balances_as_closed') }}
    where month {{ in_months(months) }}

)

select
    shown.{{ account_month | join(',\n    shown.') }},
    shown.balance_as_closed,
    as_closed.balance as closed_balance,
    shown.balance,
    balances.balance as current_balance
from {{ ref('restatements') }} as shown
left join as_closed
    on {{ same(account_month, 'shown', 'as_closed') }}
left join balances
    on {{ same(account_month, 'shown', 'balances') }}
where shown.balance_as_closed is distinct from as_closed.balance
    or shown.balance is distinct from balances.balance
    or shown.difference is distinct from coalesce(balances.balance, 0) - coalesce(as_closed.balance, 0)
    or shown.balance is not distinct from shown.balance_as_closed
