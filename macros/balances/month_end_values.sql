{# List of the columns in which a month-end may differ from its published version. #}
{% macro month_end_values() %}
    {{ return([
        'opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'basis', 'is_proven', 'breaks',
        'checkpoint_month', 'checkpoint_balance', 'has_certain_day',
    ]) }}
{% endmacro %}
