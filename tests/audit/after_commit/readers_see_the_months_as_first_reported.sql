-- What readers see as first reported is what the records say.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
select
    shown.{{ account_month | join(',\n    shown.') }},
    shown.balance,
    records.balance as recorded_balance
from {{ ref('month_end_balances_first_reported') }} as shown
left join {{ ref('month_end_versions') }} as records
    on {{ same(account_month + ['publication_id'], 'shown', 'records') }}
where {{ of_accounts_to_compare('shown') }}
    and (records.balance = shown.balance and records.movement = shown.movement) is distinct from true
