{#
    How the numbers of a column are written: its words, else those of the feed, else a plain decimal's. `is_plain` where
    neither states one: such a number needs no translation.
#}
{% macro number_format(meta, column) %}
    {%- set stated = {} -%}
    {%- for word in ['decimal_char', 'group_char', 'grouping', 'negative', 'symbol'] if column.get(word) or meta.get(word) -%}
        {%- do stated.update({word: column.get(word) or meta.get(word)}) -%}
    {%- endfor -%}
    {{ return({
        'is_plain': not stated,
        'decimal_char': stated.get('decimal_char', '.'),
        'group_char': stated.get('group_char'),
        'grouping': stated.get('grouping', 'thousands'),
        'negative': stated.get('negative', 'minus'),
        'symbols': texts_of(stated.get('symbol', [])),
        'is_unsigned': is_unsigned(column),
    }) }}
{% endmacro %}

{# Whether a column's numbers have no sign of their own. #}
{% macro is_unsigned(column) %}
    {{ return(true if column.get('unsigned') or column.get('indicator') else false) }}
{% endmacro %}

{# A word of a contract that is one text or a list of them, as a list. #}
{% macro texts_of(stated) %}
    {{ return([stated] if stated is string else (stated or []) | list) }}
{% endmacro %}
