{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

closed_months as (

    select * from {{ ref('closed_months') }}

),

as_closed as (

    select * from {{ ref('month_end_balances_as_closed') }}

),

versions as (

    select
        *,
        min(known_from) over (partition by feed, month) as reached_from
    from {{ ref('month_end_balance_versions') }}

),

since as (

    select
        {% for column in account_month -%}
        versions.{{ column }},
        {% endfor -%}
        closed_months.closed_at,
        as_closed.balance as balance_as_closed,
        min(versions.reached_from) as reached_from,
        max_by(versions.balance, versions.known_from) as balance,
        min(versions.known_from) filter (where versions.balance is distinct from as_closed.balance) as restated_from,
        count(*) as version_count
    from versions
    inner join closed_months
        on versions.month = closed_months.month
            and versions.known_from > closed_months.closed_at
    left join as_closed
        on {{ same(account_month, 'versions', 'as_closed') }}
    group by versions.{{ account_month | join(', versions.') }}, closed_months.closed_at, as_closed.balance

)

select
    {{ account_month | join(',\n    ') }},
    closed_at,
    cast(
        case
            when balance_as_closed is not null then 'closed'
            when reached_from <= closed_at then 'account unknown'
            else 'feed not reached'
        end as varchar
    ) as at_close,
    balance_as_closed,
    balance,
    balance - coalesce(balance_as_closed, 0) as difference,
    restated_from,
    version_count
from since
where balance is distinct from balance_as_closed
