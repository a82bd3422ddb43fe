{#
    Pre-hook of int_daily_closing_balances: takes out days of open runs on which no entry stands any more, because a run
    that a broken build had let through is held or withdrawn now.
#}
{% macro delete_days_without_entries() %}
    {%- if execute and is_incremental() and open_runs() -%}
        {%- set day = 'feed, account_id, currency, booking_date' -%}
        delete from {{ this }}
        where ({{ day }}) in (
            select {{ day }} from {{ ref('int_entries_classified') }} where {{ is_open_run() }}
        )
            and ({{ day }}) not in (
                select {{ day }} from {{ ref('fct_ledger_entries') }}
            )
    {%- endif -%}
{% endmacro %}
