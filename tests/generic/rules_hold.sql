{#
    The rules that contracts declare for delivered text hold for accepted values too: the same macros judge the values
    written back as text, so a rule cannot be declared and not hold.
#}
{% test rules_hold(model) %}
    with

    entries as (
        select * from {{ model }} where {{ rows_to_test() }}
    ),

    written as (
        select
            entries.*,
            cast(entries.amount as varchar) as amount_text,
            cast(entries.balance_after as varchar) as balance_text,
            cast(entries.booking_date as varchar) as day_text,
            currencies.currency as found_currency,
            currencies.minor_units
        from entries
        left join {{ ref('currencies') }} as currencies
            on entries.currency = currencies.currency
    )

    select *
    from written
    where coalesce(
        {{ is_missing('business_key') }}
        or {{ is_missing('account_id') }}
        or {{ is_missing('amount_text') }}
        or {{ is_missing('currency') }}
        or {{ is_missing('day_text') }}
        or {{ breaks_id('business_key') }}
        or {{ breaks_id('account_id') }}
        or ({{ breaks_currency('currency', 'found_currency') }})
        or ({{ breaks_scale('amount_text', 'minor_units') }})
        or coalesce({{ breaks_scale('balance_text', 'minor_units') }}, false)
        -- rules judge the day as it was stated; time zones move it by two at the most
        or ({{ is_too_late("booking_date - interval '2' day", 'known_at') }}),
        true
    )
{% endtest %}
