{#
    Select of the month-end balances of a range of months, YYYY-MM: feed, account_id, currency, month (YYYY-MM), balance; one row
    per account and month of the range, NULL before the account's first entry. The months are literals, so that their partitions
    alone are read. `balances` is month_end_balances.
#}
{% macro month_end_history(balances, first_month, last_month) %}
    {{- month_end_table(balances, month_range(first_month, last_month)) }}
{% endmacro %}

{# The same of any months: SQL literals of their first days. #}
{% macro month_end_table(balances, months) %}
    with accounts as (
        select
            feed,
            account_id,
            currency
            {%- for month in months %},
            max(case when month = {{ month }} then balance end) as balance_{{ loop.index }}
            {%- endfor %}
        from {{ balances }}
        where month in ({{ months | join(', ') }})
        group by feed, account_id, currency
    )

    select
        accounts.feed,
        accounts.account_id,
        accounts.currency,
        substr(cast(months.month as varchar), 1, 7) as month,
        case months.month
            {%- for month in months %}
            when {{ month }} then accounts.balance_{{ loop.index }}
            {%- endfor %}
        end as balance
    from accounts
    cross join (
        {%- for month in months %}
        select {{ month }} as month{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as months
{% endmacro %}
