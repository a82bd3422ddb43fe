{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

closed_months as (

    select * from {{ ref('closed_months') }}

),

as_closed as (

    select * from {{ ref('month_end_balances_as_closed') }}

),

feeds_closed as (

    select distinct
        feed,
        month
    from as_closed

),

since as (

    select
        {% for column in account_month -%}
        versions.{{ column }},
        {% endfor -%}
        closed_months.closed_at,
        as_closed.balance as balance_as_closed,
        max_by(versions.balance, versions.known_from) as balance,
        min(versions.known_from) filter (where versions.balance is distinct from as_closed.balance) as restated_from,
        count(*) as version_count
    from {{ ref('month_end_balance_versions') }} as versions
    inner join closed_months
        on versions.month = closed_months.month
            and versions.known_from > closed_months.closed_at
    left join as_closed
        on {{ same(account_month, 'versions', 'as_closed') }}
    group by versions.{{ account_month | join(', versions.') }}, closed_months.closed_at, as_closed.balance

)

select
    {% for column in account_month -%}
    since.{{ column }},
    {% endfor -%}
    since.closed_at,
    cast(
        case
            when since.balance_as_closed is not null then 'closed'
            when feeds_closed.feed is not null then 'account unknown'
            else 'feed not reached'
        end as varchar
    ) as at_close,
    since.balance_as_closed,
    since.balance,
    since.balance - coalesce(since.balance_as_closed, 0) as difference,
    since.restated_from,
    since.version_count
from since
left join feeds_closed
    on {{ same(['feed', 'month'], 'since', 'feeds_closed') }}
where since.balance is distinct from since.balance_as_closed
