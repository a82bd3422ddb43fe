{#
    The balances that a delivered row states, by the contract (`balance`: its column; `balance_stated`: what it means), from the
    relation `delivered`: SQL of the balance after the row, of what kind of balance else it states, and of that balance.
#}
{% macro canonical_balance(terms) %}
    {%- set none_stated = {'after': 'cast(null as decimal(24, 4))', 'kind': 'cast(null as varchar)', 'stated': 'cast(null as decimal(24, 4))'} -%}
    {%- set means = terms.meta.get('balance_stated') or 'after_entry' -%}
    {%- if not terms.meta.get('balance') or means == 'none' -%}
        {{ return(none_stated) }}
    {%- endif -%}
    {%- set stated = 'cast(' ~ turned(terms, typed_number(terms, terms.meta.balance)) ~ ' as decimal(24, 4))' -%}
    {%- if means == 'after_entry' -%}
        {{ return(dict(none_stated, after=stated)) }}
    {%- elif means == 'before_entry' -%}
        {{ return(dict(none_stated, after='try_cast(' ~ stated ~ ' + ' ~ canonical_amount(terms) ~ ' as decimal(24, 4))')) }}
    {%- endif -%}
    {%- set kind = 'day_balance' if means == 'end_of_day' else 'closing_balance' -%}
    {{ return({
        'after': stated if means == 'end_of_day' else none_stated.after,
        'kind': 'case when ' ~ stated ~ " is not null then '" ~ kind ~ "' end",
        'stated': stated,
    }) }}
{% endmacro %}
