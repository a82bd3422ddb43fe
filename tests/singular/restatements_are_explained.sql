-- The causes of a restatement add up to its difference. Where a bank states no balances, its late entries alone do, but
-- for an account that the close did not know.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
with

causes as (

    select
        {{ account_month | join(', ') }},
        sum(amount) as amount,
        sum(case when cause = 'entry' then amount else 0 end) as amount_of_entries
    from {{ ref('restatement_causes') }}
    group by {{ account_month | join(', ') }}

),

stated_accounts as (

    select distinct {{ account | join(', ') }}
    from {{ ref('int_daily_closing_balances') }}
    where basis = 'stated'

)

select
    {% for column in account_month -%}
    coalesce(restatements.{{ column }}, causes.{{ column }}) as {{ column }},
    {% endfor -%}
    restatements.difference,
    causes.amount,
    causes.amount_of_entries
from {{ ref('restatements') }} as restatements
full outer join causes
    on {{ same(account_month, 'restatements', 'causes') }}
left join stated_accounts
    on {{ same(account, 'restatements', 'stated_accounts') }}
where (
    restatements.difference is distinct from causes.amount
    or (
        stated_accounts.feed is null
        and restatements.balance_as_closed is not null
        and restatements.difference is distinct from causes.amount_of_entries
    )
)
and {{ balances_to_test() }}
