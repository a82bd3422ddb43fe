{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set values = ['balance', 'basis', 'is_proven', 'known_until', 'code_version', 'published_at'] %}
with

published as (

    select
        *,
        {% for column in values -%}
        lag({{ column }}) over (by_month) as {{ column }}_before,
        {% endfor -%}
        row_number() over (by_month) as publication
    from {{ ref('published_balances_snapshot') }}
    window by_month as (partition by {{ account_month | join(', ') }} order by published_at)

)

select
    {% for column in account_month -%}
    {{ column }},
    {% endfor -%}
    published_at_before,
    published_at,
    balance_before,
    balance,
    coalesce(balance, 0) - coalesce(balance_before, 0) as difference,
    coalesce(balance, 0) - coalesce(previous_restated, 0) as by_data,
    coalesce(previous_restated, 0) - coalesce(balance_before, 0) as by_code,
    basis_before,
    basis,
    is_proven_before,
    is_proven,
    run_id,
    known_until_before,
    known_until,
    code_version_before,
    code_version
from published
where publication > 1
