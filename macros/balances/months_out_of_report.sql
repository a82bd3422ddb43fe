{#
    Select of the rows of month_end_balances that have to go: months after the report's end, and months of accounts of open
    runs before their first day, because what brought them is held or withdrawn now, or report_end_month was moved back.
#}
{% macro months_out_of_report() %}
    {%- set account = ['feed', 'account_id', 'currency'] -%}
    select standing.*
    from {{ this }} as standing
    left join (
        select feed, {{ report_end('max(booking_month)') }} as last_month
        from {{ ref('int_daily_closing_balances') }}
        group by feed
    ) as ends
        on standing.feed = ends.feed
    left join (
        select {{ account | join(', ') }}, min(booking_month) as first_month
        from {{ ref('int_daily_closing_balances') }}
        group by {{ account | join(', ') }}
    ) as begun
        on {{ same(account, 'standing', 'begun') }}
    where not coalesce(standing.month <= ends.last_month, false)
        or (
            not coalesce(standing.month >= begun.first_month, false)
            {%- if not every_run_is_open() %}
            and (standing.feed, standing.account_id, standing.currency) in (
                select {{ account | join(', ') }} from {{ ref('int_entries_classified') }} where {{ is_open_run() }}
            )
            {%- endif %}
        )
{% endmacro %}
