-- What readers see as closed is what the records say of the version.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
select
    shown.{{ account_month | join(',\n    shown.') }},
    shown.balance,
    records.balance as recorded_balance
from {{ ref('month_end_balances_as_closed') }} as shown
left join {{ ref('month_end_versions') }} as records
    on {{ same(account_month + ['publication_id'], 'shown', 'records') }}
where {{ of_accounts_to_compare('shown') }}
    and (
        records.balance = shown.balance
        and records.opening_balance = shown.opening_balance
        and records.movement = shown.movement
        and records.break_amount = shown.break_amount
        and records.entry_count = shown.entry_count
        and records.is_proven = shown.is_proven
    ) is distinct from true
