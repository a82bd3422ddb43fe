-- What is published of a month is its last version; `dbt snapshot` publishes what a build has left out.
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

versions as (

    select * from {{ ref('month_end_balance_versions') }}
    where known_to is null

),

published as (

    select * from {{ ref('published_balances_snapshot') }}
    where dbt_valid_to is null
        and balance is not null

)

select
    {% for column in account_month -%}
    coalesce(versions.{{ column }}, published.{{ column }}) as {{ column }},
    {% endfor -%}
    versions.balance,
    published.balance as balance_published
from versions
full outer join published
    on {{ same(account_month, 'versions', 'published') }}
where (
    versions.balance = published.balance
    and versions.basis = published.basis
    and versions.is_proven = published.is_proven
) is distinct from true
and {{ balances_to_test() }}
