{#
    Select of the month-end balances of a range of months, YYYY-MM: feed, account_id, currency, month (YYYY-MM), balance; one row
    per account and month of the range, NULL before the account's first entry. The months are literals, so that their partitions
    alone are read. `balances` is month_end_balances.
#}
{% macro month_end_history(balances, first_month, last_month) %}
    {%- set months = month_range(first_month, last_month) %}
    with asked as (
        select * from {{ balances }}
        where month in ({{ months | join(', ') }})
    )

    select
        accounts.feed,
        accounts.account_id,
        accounts.currency,
        substr(cast(months.month as varchar), 1, 7) as month,
        asked.balance
    from (select distinct feed, account_id, currency from asked) as accounts
    cross join (
        {%- for month in months %}
        select {{ month }} as month{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as months
    left join asked
        on {{ same(['feed', 'account_id', 'currency'], 'accounts', 'asked') }}
            and months.month = asked.month
{% endmacro %}
