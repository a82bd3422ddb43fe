-- A month that is over and that its feed has reached stands in month_end_balances as its last version says; no other
-- month has a version.
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

reached as (

    select
        feed,
        max(booking_month) as last_month
    from {{ ref('int_daily_closing_balances') }}
    group by feed

),

balances as (

    select balances.*
    from {{ ref('month_end_balances') }} as balances
    inner join reached
        on balances.feed = reached.feed
            and balances.month <= reached.last_month
    where not balances.is_provisional

),

last_versions as (

    select * from {{ ref('month_end_balance_versions') }}
    where known_to is null

)

select
    {% for column in account_month -%}
    coalesce(balances.{{ column }}, versions.{{ column }}) as {{ column }},
    {% endfor -%}
    balances.balance,
    versions.balance as balance_of_version
from balances
full outer join last_versions as versions
    on {{ same(account_month, 'balances', 'versions') }}
where (
    balances.balance = versions.balance
    and balances.basis = versions.basis
    and balances.is_proven = versions.is_proven
) is distinct from true
and {{ balances_to_test() }}
