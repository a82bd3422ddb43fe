{#
    Select that explains a month's balance: where the account opened, each entry with its file and line, what the bank states beyond the
    entries, and where the month closed. The amounts add up from the opening to the closing balance.

    `month` is YYYY-MM. An account with several currencies is explained in each; name one to see it alone. `publication` is the number of
    a publication: the balance and the entries that it knew are explained, not today's.
#}
{% macro explain(feed, account_id, month, currency=none, publication=none) %}
    {%- do require_entries('explain', feed) -%}
    {%- if not modules.re.match('^[0-9]{4}-(0[1-9]|1[0-2])$', month) -%}
        {{ exceptions.raise_compiler_error("explain: the month is written 2024-01, not '" ~ month ~ "'") }}
    {%- endif -%}
    {%- set number = publication | int if publication is not none else 9223372036854775807 -%}
    {%- do _require_month_end(ref('month_end_balance_versions'), feed, account_id, month, number) -%}
    {%- set account = ['feed', 'account_id', 'currency'] -%}
    with

    asked as (

        select *
        from {{ ref('month_end_balance_versions') }}
        where feed = {{ sql_text(feed) }}
            and account_id = {{ sql_text(account_id) }}
            and month = date '{{ month }}-01'
            and publication_number <= {{ number }}
            and (superseded_by_number is null or superseded_by_number > {{ number }})
            and not is_gone
            {% if currency -%}
            and currency = {{ sql_text(currency) }}
            {%- endif %}

    ),

    entries as (

        select
            entries.*,
            files.file_name,
            files.sha256
        from {{ ref('ledger_entry_versions') }} as entries
        inner join asked
            on {{ same(account, 'entries', 'asked') }}
        inner join {{ ref('stg_files') }} as files
            on entries.file_id = files.file_id
        where entries.booking_month = date '{{ month }}-01'
            and entries.publication_number <= {{ number }}
            and (entries.replaced_by_number is null or entries.replaced_by_number > {{ number }})

    ),

    breaks as (

        select
            days.currency,
            days.booking_date,
            days.break_amount,
            days.closing_balance
        from {{ ref('day_breaks') }} as days
        inner join asked
            on {{ same(account + ['month', 'publication_id'], 'days', 'asked') }}
        where days.break_amount <> 0

    ),

    -- Breaks within the feed's tolerance are listed nowhere.
    tolerated as (

        select
            asked.currency,
            asked.break_amount - coalesce(sum(breaks.break_amount), 0) as break_amount
        from asked
        left join breaks
            on asked.currency = breaks.currency
        group by asked.currency, asked.break_amount
        having asked.break_amount <> coalesce(sum(breaks.break_amount), 0)

    ),

    steps as (
        {%- for place, step, rows, amount, balance in [
            (0, 'opening', 'asked', 'null', 'opening_balance'),
            (1, 'entry', 'entries', 'amount', 'balance_after'),
            (2, 'break', 'breaks', 'break_amount', 'closing_balance'),
            (3, 'tolerated breaks', 'tolerated', 'break_amount', 'null'),
            (4, 'closing', 'asked', 'null', 'balance'),
        ] %}
        {%- set is_entry = rows == 'entries' %}
        select
            {{ place }} as place,
            '{{ step }}' as step,
            currency,
            cast({{ 'booking_date' if rows in ['entries', 'breaks'] else 'null' }} as date) as booking_date,
            cast({{ amount }} as decimal(38, 4)) as amount,
            cast({{ balance }} as decimal(38, 4)) as balance,
            cast({{ 'transaction_id' if is_entry else 'null' }} as varchar) as transaction_id,
            cast({{ 'file_name' if is_entry else 'null' }} as varchar) as file_name,
            cast({{ 'line_number' if is_entry else 'null' }} as bigint) as line_number,
            cast({{ 'sha256' if is_entry else 'null' }} as varchar) as sha256,
            cast({{ 'landed_at' if is_entry else 'null' }} as timestamp(6)) as landed_at
        from {{ rows }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )

    select
        row_number() over (
            partition by currency
            order by
                case when place in (0, 3, 4) then place else 1 end,
                booking_date,
                place,
                landed_at,
                file_name,
                line_number
        ) as position,
        step,
        currency,
        booking_date,
        amount,
        balance,
        transaction_id,
        file_name,
        line_number,
        sha256,
        landed_at
    from steps
    order by currency, position
{% endmacro %}

{# Raises where there is no such month-end: nothing would be shown, and nothing is an answer. #}
{% macro _require_month_end(versions, feed, account_id, month, number) %}
    {%- set known = ' from ' ~ versions ~ ' where feed = ' ~ sql_text(feed) ~ ' and publication_number <= ' ~ number -%}
    {%- set account = ' and account_id = ' ~ sql_text(account_id) -%}
    {%- if execute and not run_query('select 1' ~ known ~ account ~ " and month = date '" ~ month ~ "-01' and not is_gone limit 1").rows -%}
        {%- set found = run_query(
            'select cast(min(case when account_id = ' ~ sql_text(account_id) ~ ' then month end) as varchar), '
            ~ 'cast(max(case when account_id = ' ~ sql_text(account_id) ~ ' then month end) as varchar), '
            ~ 'max(case when account_id < ' ~ sql_text(account_id) ~ ' then account_id end), '
            ~ 'min(case when account_id > ' ~ sql_text(account_id) ~ ' then account_id end)' ~ known
        ).rows[0] -%}
        {%- set nearest = [found[2], found[3]] | reject('none') | list -%}
        {{ exceptions.raise_compiler_error(
            "explain: no month-end of account '" ~ account_id ~ "' of " ~ feed ~ ' in ' ~ month ~ ' is published'
            ~ (' by publication ' ~ number if number < 9223372036854775807 else '') ~ '; '
            ~ ('it has ' ~ found[0][:7] ~ ' to ' ~ found[1][:7] if found[0]
            else 'the accounts next to it are ' ~ nearest | join(' and ') if nearest else 'the feed has none')
        ) }}
    {%- endif -%}
{% endmacro %}
