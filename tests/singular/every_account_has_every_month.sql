-- From the month of its first entry to the last month of its feed an account has exactly one balance a month.
with

first_months as (

    select
        feed,
        account_id,
        currency,
        min(booking_month) as first_month
    from {{ ref('fct_ledger_entries') }}
    group by feed, account_id, currency

),

last_months as (

    select
        feed,
        max(booking_month) as last_entry_month
    from {{ ref('fct_ledger_entries') }}
    group by feed

),

reported as (

    select
        feed,
        account_id,
        currency,
        count(*) as month_count,
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('month_end_balances') }}
    group by feed, account_id, currency

),

report_ends as (

    select
        feed,
        max(month) as last_month
    from {{ ref('month_end_balances') }}
    group by feed

)

select
    coalesce(first_months.feed, reported.feed) as feed,
    coalesce(first_months.account_id, reported.account_id) as account_id,
    coalesce(first_months.currency, reported.currency) as currency,
    first_months.first_month as first_entry_month,
    reported.first_month,
    reported.last_month,
    reported.month_count
from first_months
full outer join reported
    on first_months.feed = reported.feed
        and first_months.account_id = reported.account_id
        and first_months.currency = reported.currency
left join report_ends
    on first_months.feed = report_ends.feed
left join last_months
    on first_months.feed = last_months.feed
where (
    reported.first_month = first_months.first_month
    and reported.last_month = report_ends.last_month
    and report_ends.last_month >= last_months.last_entry_month
    and reported.month_count
    = date_diff('month', first_months.first_month, report_ends.last_month) + 1
) is distinct from true
and {{ balances_to_test() }}
