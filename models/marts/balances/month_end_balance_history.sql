with

balances as (

    select * from {{ ref('month_end_balances') }}

),

last_months as (

    select
        feed,
        max(month) as last_month
    from balances
    group by feed

),

-- Every account has a balance in the last month of its feed.
accounts as (

    select
        balances.feed,
        balances.account_id,
        balances.currency,
        last_months.last_month
    from balances
    inner join last_months
        on balances.feed = last_months.feed
            and balances.month = last_months.last_month

),

asked as (

    select
        accounts.*,
        spine.month
    from accounts
    {{ unnest_months(
        "date '" ~ var('history_first_month') ~ "-01'", "date '" ~ var('history_last_month') ~ "-01'", 'spine'
    ) }}

)

select
    asked.feed,
    asked.account_id as acct,
    asked.currency,
    substr(cast(asked.month as varchar), 1, 7) as month,
    balances.balance
from asked
left join balances
    on asked.feed = balances.feed
        and asked.account_id = balances.account_id
        and asked.currency = balances.currency
        and balances.month = least(asked.month, asked.last_month)
