{#
    The amount of a delivered row by the words of its contract (`amount`: columns whose sum it is, a minus sign turns one;
    `indicator` beside a column: which texts of another column mean money in and money out), read from the delivered text. A contract with
    one decimal column need not name it.
    NULL where it is no number. The staging model states the amount as well: file_money compares the two.
#}
{%- macro delivered_amount(feed) -%}
    {%- set terms = contract(feed) -%}
    {%- set parts = [] -%}
    {%- for name in _amount_columns(terms) -%}
        {%- set column = terms.columns[name.lstrip('-')] -%}
        {%- set value = to_decimal(named(name.lstrip('-'), 'delivered'), unsigned=column.get('unsigned', false)) -%}
        {%- if column.indicator -%}
            {%- set indicator = named(column.indicator.column, 'delivered') -%}
            {%- set value = 'case when ' ~ indicator ~ ' in (' ~ _literals(column.indicator['in']) ~ ') then ' ~ value
                ~ ' when ' ~ indicator ~ ' in (' ~ _literals(column.indicator.out) ~ ') then -(' ~ value ~ ') end' -%}
        {%- endif -%}
        {%- do parts.append(('-' if name.startswith('-') else '') ~ '(' ~ value ~ ')') -%}
    {%- endfor -%}
    {%- if parts | length == 1 -%}
        cast({{ parts[0] }} as decimal(24, 4))
    {%- elif parts -%}
        cast(coalesce({{ parts | join(', 0) + coalesce(') }}, 0) as decimal(24, 4))
    {%- else -%}
        cast(null as decimal(24, 4))
    {%- endif -%}
{%- endmacro %}

{# The balance after a delivered row by the contract (`balance`: its column), read from the text. NULL where none is stated. #}
{%- macro delivered_balance(feed) -%}
    {%- set terms = contract(feed) -%}
    {%- if terms.meta.get('balance') -%}
        {%- set unsigned = terms.columns[terms.meta.balance].get('unsigned', false) -%}
        cast({{ to_decimal(named(terms.meta.balance, 'delivered'), unsigned=unsigned) }} as decimal(24, 4))
    {%- else -%}
        cast(null as decimal(24, 4))
    {%- endif -%}
{%- endmacro %}

{% macro _amount_columns(terms) %}
    {%- if terms.meta.get('kind') != 'entries' -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set decimals = [] -%}
    {%- for name, column in terms.columns.items() if column.type == 'decimal' -%}
        {%- do decimals.append(name) -%}
    {%- endfor -%}
    {{ return(terms.meta.get('amount') or decimals) }}
{% endmacro %}
