{#
    The values of a delivered row, typed, from the relation `delivered`: its columns hold each value's text, and beside it, under
    `<name>__plain`, the text of a number as a plain decimal and of a day or time in ISO 8601 where the contract states a format.
#}

{# The value of a column by its type: decimal(24, 4), date, timestamp in UTC, or text. NULL where the text is none of the type. #}
{%- macro typed_value(terms, name) -%}
    {%- set type = terms.columns[name].type -%}
    {%- if type == 'decimal' -%}
        {{ typed_number(terms, name) }}
    {%- elif type == 'date' -%}
        {{ to_date(plain_text(terms, name)) }}
    {%- elif type == 'timestamp' -%}
        {{ to_utc_timestamp(plain_text(terms, name), terms.meta.time_zone) }}
    {%- else -%}
        {{ named(name, 'delivered') }}
    {%- endif -%}
{%- endmacro %}

{# The number of a column, with the sign that its indicator gives it. A text column is read as the contract's balances are. #}
{%- macro typed_number(terms, name) -%}
    {%- set column = number_words(terms, name) -%}
    {%- set value = to_decimal(plain_text(terms, name), unsigned=is_unsigned(column)) -%}
    {%- if column.indicator -%}
        case when {{ indicated_by(terms, column.indicator) }} in ({{ _literals(column.indicator['in']) }}) then {{ value }}
            {#- #} when {{ indicated_by(terms, column.indicator) }} in ({{ _literals(column.indicator.out) }}) then -({{ value }}) end
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}

{# The text beside a number that gives it its sign; a missing one is an empty one where that means something. #}
{%- macro indicated_by(terms, indicator) -%}
    {%- if '' in indicator['in'] + indicator.out or not terms.columns[indicator.column].required -%}
        coalesce({{ named(indicator.column, 'delivered') }}, '')
    {%- else -%}
        {{ named(indicator.column, 'delivered') }}
    {%- endif -%}
{%- endmacro %}

{# The text that a value is typed from. #}
{%- macro plain_text(terms, name) -%}
    {{ named(name ~ ('__plain' if has_format(terms, name) else ''), 'delivered') }}
{%- endmacro %}

{# Whether a column's text is first rewritten as a plain decimal or in ISO 8601. #}
{% macro has_format(terms, name) %}
    {%- if terms.columns[name].type in ('date', 'timestamp') -%}
        {{ return(true if terms.columns[name].format else false) }}
    {%- endif -%}
    {{ return(name in numbers(terms) and not number_format(terms.meta, number_words(terms, name)).is_plain) }}
{% endmacro %}

{# The columns that hold numbers: decimals, and those of which a row that is passed over states a balance. #}
{% macro numbers(terms) %}
    {%- set names = [] -%}
    {%- for name, column in terms.columns.items() if column.type == 'decimal' -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {%- for condition in terms.meta.get('pass_over') or [] -%}
        {%- do names.extend((condition.get('states') or {}).values()) -%}
    {%- endfor -%}
    {{ return(names | unique | list) }}
{% endmacro %}

{# The column whose words say how a number is written: itself, or for a text column that of the contract's balances. #}
{% macro number_words(terms, name) %}
    {%- if terms.columns[name].type == 'decimal' -%}
        {{ return(terms.columns[name]) }}
    {%- endif -%}
    {{ return(terms.columns.get(terms.meta.get('balance'), {})) }}
{% endmacro %}

{# The value in the contract's own sense of money in: `positive: out` turns it. #}
{%- macro turned(terms, value) -%}
    {{ '-(' ~ value ~ ')' if terms.meta.get('positive') == 'out' else value }}
{%- endmacro %}
