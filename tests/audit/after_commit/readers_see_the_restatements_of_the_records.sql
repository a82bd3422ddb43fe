-- A restatement is the difference between what is published and what a month was closed with.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
select shown.{{ account_month | join(', shown.') }}, shown.difference
from {{ ref('restatements') }} as shown
left join {{ ref('month_end_balances_as_closed') }} as as_closed
    on {{ same(account_month, 'shown', 'as_closed') }}
left join {{ ref('month_end_balances') }} as balances
    on {{ same(account_month, 'shown', 'balances') }}
where shown.balance_as_closed is distinct from as_closed.balance
    or shown.balance is distinct from balances.balance
    or shown.difference is distinct from coalesce(balances.balance, 0) - coalesce(as_closed.balance, 0)
    or shown.balance is not distinct from shown.balance_as_closed
