-- What readers see as first reported is what the records say. All months at once are many: the closed months and
-- the last one speak for the others.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
select
    shown.{{ account_month | join(',\n    shown.') }},
    shown.balance,
    records.balance as recorded_balance
from {{ ref('month_end_balances_first_reported') }} as shown
left join {{ ref('month_end_versions') }} as records
    on {{ same(account_month + ['publication_id'], 'shown', 'records') }}
where (records.balance = shown.balance and records.movement = shown.movement) is distinct from true
    and shown.month in (
        select closed_months.month from {{ ref('closed_months') }} as closed_months
        union all
        select max(reported_months.month) as month from {{ ref('reported_months') }} as reported_months
    )
