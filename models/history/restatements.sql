-- The closed months whose balance is another one now, or is reported no more.
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

balances as (

    select
        balances.*,
        closed_months.closed_at
    from {{ ref('month_end_balances') }} as balances
    inner join {{ ref('closed_months') }} as closed_months
        on balances.month = closed_months.month

)

select
    {% for column in account_month -%}
    coalesce(balances.{{ column }}, as_closed.{{ column }}) as {{ column }},
    {% endfor -%}
    coalesce(balances.closed_at, as_closed.closed_at) as closed_at,
    as_closed.balance as balance_as_closed,
    balances.balance,
    coalesce(balances.balance, 0) - coalesce(as_closed.balance, 0) as difference
from balances
full outer join {{ ref('month_end_balances_as_closed') }} as as_closed
    on {{ same(account_month, 'balances', 'as_closed') }}
where balances.balance is distinct from as_closed.balance
