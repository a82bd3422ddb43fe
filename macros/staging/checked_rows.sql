{#
    The delivered rows of a feed with what its contract says of them: all reasons for refusing a row (codes, and texts
    that name the column), the hash of its content, its text, and the minor units of its currency.
#}
{% macro checked_rows(feed, delivered) %}
    {%- set rules = rejection_rules(feed) -%}
    select
        {{ delivered }}.*,
        currencies.minor_units,
        {{ rejected_with(rules, 'code') }} as failed_codes,
        {{ rejected_with(rules, 'detail') }} as rejection_details,
        {{ row_hash(feed) }} as row_hash,
        {{ raw_record(feed) }} as raw_record
    from {{ delivered }}
    left join {{ ref('currencies') }} as currencies
        on currencies.currency = {{ currency_of(feed) }}
{% endmacro %}
