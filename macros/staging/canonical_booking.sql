{#
    When a delivered row was booked, from the relation `delivered`: SQL of `booked_at` and of `booking_date`. It is the column
    booking_date, or the only column that holds a day or time; where a contract has several others its staging model names one.
#}
{% macro canonical_booking(terms) %}
    {%- if terms.meta.get('kind') != 'entries' -%}
        {{ return({'booked_at': 'cast(null as timestamp(6))', 'booking_date': 'cast(null as date)'}) }}
    {%- endif -%}
    {%- set times = [] -%}
    {%- for name, column in terms.columns.items() if column.type in ('date', 'timestamp') -%}
        {%- do times.append(name) -%}
    {%- endfor -%}
    {%- set name = 'booking_date' if 'booking_date' in times else times[0] if times | length == 1 else none -%}
    {%- if name is none -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set value = typed_value(terms, name) -%}
    {%- set plain = plain_text(terms, name) -%}
    {%- if terms.columns[name].type == 'date' -%}
        {{ return({'booked_at': 'cast(' ~ value ~ ' as timestamp(6))', 'booking_date': value}) }}
    {%- elif terms.columns[name].format -%}
        {{ return({'booked_at': value, 'booking_date': booking_day_of_format(plain, value, terms.meta.time_zone)}) }}
    {%- endif -%}
    {{ return({'booked_at': value, 'booking_date': booking_day(plain, value)}) }}
{% endmacro %}
