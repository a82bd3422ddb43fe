-- The causes of a restatement add up to its difference.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
select shown.{{ account_month | join(', shown.') }}, shown.difference, sum(causes.amount) as amount
from {{ ref('restatements') }} as shown
left join {{ ref('restatement_causes') }} as causes
    on {{ same(account_month, 'shown', 'causes') }}
group by shown.{{ account_month | join(', shown.') }}, shown.difference
having coalesce(sum(causes.amount), 0) <> shown.difference
