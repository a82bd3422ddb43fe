-- The history of month-end balances adds up to the balances of its months: the last three that are closed, or else
-- complete.
{{ config(tags=['after_commit']) }}
{%- set compared = of_accounts_to_compare('shown') %}
{%- set closed = ref('closed_months') %}
{%- set balances = ref('month_end_balances') %}
{%- set months = ask(
    'select distinct cast(month as varchar) from ' ~ closed ~ ' order by 1 desc limit 3', closed
) or ask(
    'select distinct cast(month as varchar) from ' ~ balances ~ ' where not is_provisional order by 1 desc limit 3',
    balances
) %}
with

history as (

    select
        shown.feed,
        shown.currency,
        shown.month,
        count(shown.balance) as row_count,
        sum(shown.balance) as balance
    from {{ ref('month_end_balance_history') }} as shown
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
    coalesce(history.feed, balances.feed) as feed,
    coalesce(history.currency, balances.currency) as currency,
    coalesce(history.month, balances.month) as month,
    history.balance,
    balances.balance as current_balance
from history
full outer join balances
    on {{ same(['feed', 'currency', 'month'], 'history', 'balances') }}
where coalesce(history.row_count, 0) <> coalesce(balances.row_count, 0)
    or history.balance is distinct from balances.balance
