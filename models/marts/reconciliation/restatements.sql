{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

closed_months as (

    select * from {{ ref('closed_months') }}

),

as_closed as (

    select * from {{ ref('month_end_balances_as_closed') }}

),

versions_since as (

    select
        {% for column in account_month -%}
        versions.{{ column }},
        {% endfor -%}
        min(versions.known_from) as restated_from,
        count(*) as version_count,
        max_by(versions.balance, versions.known_from) as balance
    from {{ ref('month_end_balance_versions') }} as versions
    inner join closed_months
        on versions.month = closed_months.month
            and versions.known_from > closed_months.closed_at
    group by versions.{{ account_month | join(', versions.') }}

)

select
    {% for column in account_month -%}
    since.{{ column }},
    {% endfor -%}
    closed_months.closed_at,
    as_closed.balance as balance_as_closed,
    since.balance,
    since.balance - coalesce(as_closed.balance, 0) as difference,
    since.restated_from,
    since.version_count
from versions_since as since
inner join closed_months
    on since.month = closed_months.month
left join as_closed
    on {{ same(account_month, 'since', 'as_closed') }}
where since.balance is distinct from as_closed.balance
