-- The history of month-end balances adds up to the balances of its months.
{{ config(tags=['after_commit']) }}
{%- set compared = of_accounts_to_compare() %}
with

history as (

    select
        feed,
        currency,
        month,
        count(balance) as row_count,
        sum(balance) as balance
    from {{ ref('month_end_balance_history') }}
    where {{ compared }}
    group by feed, currency, month

),

balances as (

    select
        feed,
        currency,
        substr(cast(month as varchar), 1, 7) as month,
        count(*) as row_count,
        sum(balance) as balance
    from {{ ref('month_end_balances') }}
    where {{ compared }}
    group by feed, currency, substr(cast(month as varchar), 1, 7)

)

select
    history.feed,
    history.currency,
    history.month,
    history.balance,
    balances.balance as current_balance
from history
left join balances
    on {{ same(['feed', 'currency', 'month'], 'history', 'balances') }}
where history.row_count <> coalesce(balances.row_count, 0)
    or history.balance is distinct from balances.balance
