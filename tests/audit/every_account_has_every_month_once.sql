-- Every touched account has one month-end for each month from the first that changes to the last of its feed.
with

reported as (

    select
        feed,
        account_id,
        currency,
        first_month,
        last_month,
        count(month) as month_count,
        count(distinct month) as distinct_count,
        min(month) as first_found,
        max(month) as last_found,
        min(ledger_month) as first_ledger_month
    from {{ ref('int_audited_months') }}
    where publication_id = {{ publication_id() }}
        and coalesce(month, ledger_month) >= first_month
    group by feed, account_id, currency, first_month, last_month

)

select * from reported
where (
    month_count = distinct_count
    and last_found = last_month
    and first_found <= coalesce(first_ledger_month, first_found)
    and month_count = {{ dbt.datediff('first_found', 'last_month', 'month') }} + 1
) is distinct from true
