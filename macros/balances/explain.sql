{#
    Select that explains a month's balance: where the account opened, each entry with its file and line, what the bank states
    beyond the entries, and where the month closed. The amounts add up from the opening to the closing balance.

    `month` is YYYY-MM. An account with several currencies is explained in each; name one to see it alone.
#}
{% macro explain(feed, account_id, month, currency=none) %}
    {%- do require_entries('explain', feed) -%}
    {%- if not modules.re.match('^[0-9]{4}-(0[1-9]|1[0-2])$', month) -%}
        {{ exceptions.raise_compiler_error("explain: the month is written 2024-01, not '" ~ month ~ "'") }}
    {%- endif -%}
    {%- set columns = [
        'currency', 'booking_date', 'step', 'amount', 'balance', 'transaction_id', 'file_name', 'line_number', 'sha256', 'known_at',
    ] -%}
    with

    asked as (

        select *
        from {{ ref('month_end_balances') }}
        where feed = {{ sql_text(feed) }}
            and account_id = {{ sql_text(account_id) }}
            and month = date '{{ month }}-01'
            {% if currency -%}
            and currency = {{ sql_text(currency) }}
            {%- endif %}

    ),

    entries as (

        select
            entries.*,
            runs.file_name,
            runs.sha256
        from {{ ref('fct_ledger_entries') }} as entries
        inner join asked
            on {{ same(['feed', 'account_id', 'currency'], 'entries', 'asked') }}
        inner join {{ ref('int_runs') }} as runs
            on entries.origin_run_id = runs.run_id
        where entries.booking_month = date '{{ month }}-01'

    ),

    breaks as (

        select days.*
        from {{ ref('int_daily_closing_balances') }} as days
        inner join asked
            on {{ same(['feed', 'account_id', 'currency'], 'days', 'asked') }}
        where days.booking_month = date '{{ month }}-01'
            and days.break_amount <> 0

    ),

    steps as (
        {% for step, rows, amount, balance in [
            ('opening', 'asked', 'cast(null as decimal(38, 4))', 'opening_balance'),
            ('entry', 'entries', 'amount', 'balance_after'),
            ('break', 'breaks', 'break_amount', 'closing_balance'),
            ('closing', 'asked', 'cast(null as decimal(38, 4))', 'balance'),
        ] %}
        select
            currency,
            {{ 'booking_date' if rows != 'asked' else 'cast(null as date)' }} as booking_date,
            '{{ step }}' as step,
            {{ amount }} as amount,
            {{ balance }} as balance,
            {{ 'transaction_id' if rows == 'entries' else 'cast(null as varchar)' }} as transaction_id,
            {{ 'file_name' if rows == 'entries' else 'cast(null as varchar)' }} as file_name,
            {{ 'line_number' if rows == 'entries' else 'cast(null as bigint)' }} as line_number,
            {{ 'sha256' if rows == 'entries' else 'cast(null as varchar)' }} as sha256,
            {{ 'known_at' if rows == 'entries' else 'cast(null as timestamp(6))' }} as known_at
        from {{ rows }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )

    select
        row_number() over (
            partition by currency
            order by
                case step when 'opening' then 0 when 'closing' then 2 else 1 end,
                booking_date,
                case step when 'entry' then 0 else 1 end,
                known_at,
                file_name,
                line_number
        ) as position,
        {{ columns | join(', ') }}
    from steps
    order by currency, position
{% endmacro %}
