{#
    Select of the rows of int_daily_closing_balances that have to go: days of open runs on which no entry stands any more,
    because a run that a broken build had let through is held or withdrawn now.
#}
{% macro days_without_entries() %}
    {%- set day = ['feed', 'account_id', 'currency', 'booking_date'] -%}
    select standing.*
    from {{ this }} as standing
    where not exists (
        select 1 from {{ ref('fct_ledger_entries') }} as entries where {{ same(day, 'entries', 'standing') }}
    )
        {%- if not every_run_is_open() %}
        and (standing.feed, standing.account_id, standing.currency, standing.booking_date) in (
            select {{ day | join(', ') }} from {{ ref('int_entries_classified') }} where {{ is_open_run() }}
        )
        {%- endif %}
{% endmacro %}
