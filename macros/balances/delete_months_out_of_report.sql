{#
    Pre-hook of month_end_balances: takes out months after the report's end, and months of accounts of open runs before
    their first day, because what brought them is held or withdrawn now, or report_end_month was moved back. With no open
    run there is nothing to look for.
#}
{% macro delete_months_out_of_report() %}
    {%- if execute and is_incremental() and (open_runs() or var('report_end_month')) -%}
        {%- set account = 'feed, account_id, currency' -%}
        delete from {{ this }}
        where (feed, month) not in (
            select reported.feed, reported.month
            from {{ this }} as reported
            inner join (
                select feed, {{ report_end('max(booking_month)') }} as last_month
                from {{ ref('int_daily_closing_balances') }}
                group by feed
            ) as ends
                on reported.feed = ends.feed
                    and reported.month <= ends.last_month
        )
        {%- if open_runs() %}
            or (({{ account }}) in (select {{ account }} from {{ ref('int_entries_classified') }} where {{ is_open_run() }})
                and ({{ account }}, month) not in (
                    select reported.feed, reported.account_id, reported.currency, reported.month
                    from {{ this }} as reported
                    inner join (
                        select {{ account }}, min(booking_month) as first_month
                        from {{ ref('int_daily_closing_balances') }}
                        group by {{ account }}
                    ) as begun
                        on reported.feed = begun.feed
                            and reported.account_id = begun.account_id
                            and reported.currency = begun.currency
                            and reported.month >= begun.first_month
                ))
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
