-- The history of month-end balances adds up to the balances of its months.
{{ config(tags=['after_commit']) }}
{%- set history = ref('month_end_balance_history') %}
{%- set compared = of_accounts_to_compare('shown') %}
{%- set months = ask(
    "select distinct concat(shown.month, '-01') from " ~ history ~ ' as shown where ' ~ compared, history
) %}
with

history as (

    select
        shown.feed,
        shown.currency,
        shown.month,
        count(shown.balance) as row_count,
        sum(shown.balance) as balance
    from {{ history }} as shown
    where {{ compared }}
    group by shown.feed, shown.currency, shown.month

),

balances as (

    select
        shown.feed,
        shown.currency,
        substr(cast(shown.month as varchar), 1, 7) as month,
        count(*) as row_count,
        sum(shown.balance) as balance
    from {{ ref('month_end_balances') }} as shown
    where shown.month {{ in_months(months) }}
        and {{ compared }}
    group by shown.feed, shown.currency, substr(cast(shown.month as varchar), 1, 7)

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
