{#
    Every rule that a feed's contract declares, compiled: a list of mappings with `code` (see the seed rejection_codes),
    `column` (its header), `condition` (SQL over the delivered text, true where the rule is broken) and `detail`.
#}
{% macro rejection_rules(feed) %}
    {%- set terms = contract(feed) -%}
    {%- set rules = [] -%}
    {%- for name, column in terms.columns.items() -%}
        {%- set value = 'delivered.' ~ name -%}
        {%- if column.required -%}
            {%- do rules.append(_rule('NULL_VALUE_ERROR', column, is_missing(value), 'has no value')) -%}
        {%- endif -%}
        {%- if column.type == 'id' -%}
            {%- do rules.append(_rule('TYPE_ERROR', column, breaks_id(value), 'begins or ends with a blank')) -%}
        {%- elif column.type == 'decimal' -%}
            {%- do rules.append(_rule('TYPE_ERROR', column, breaks_decimal(value, column.unsigned),
                'is not a plain ' ~ ('unsigned ' if column.unsigned else '') ~ 'decimal number of up to 20 digits before the point')) -%}
            {%- do rules.append(_rule('SCALE_ERROR', column, breaks_scale(value, 'currencies.minor_units', column.unsigned),
                'has more decimal places than its currency')) -%}
        {%- elif column.type == 'currency' -%}
            {%- do rules.append(_rule('CURRENCY_ERROR', column, breaks_currency(value, 'currencies.currency'),
                'is not an ISO 4217 code in upper case')) -%}
        {%- elif column.type == 'timestamp' -%}
            {%- do rules.append(_rule('TIMESTAMP_ERROR', column, breaks_timestamp(value), 'is not an ISO 8601 date or time')) -%}
            {%- do rules.append(_rule('TIMESTAMP_ERROR', column, is_too_late(date_of_timestamp(value), 'delivered.known_at'),
                'lies more than a year after its delivery')) -%}
        {%- elif column.type == 'date' -%}
            {%- do rules.append(_rule('TIMESTAMP_ERROR', column, breaks_date(value, column), 'is not a date of the contract\'s format')) -%}
            {%- if terms.meta.kind == 'entries' -%}
                {%- do rules.append(_rule('TIMESTAMP_ERROR', column, is_too_late(to_date(value, column), 'delivered.known_at'),
                    'lies more than a year after its delivery')) -%}
            {%- endif -%}
        {%- endif -%}
        {%- if column.accepted_values -%}
            {%- do rules.append(_rule('TYPE_ERROR', column, breaks_accepted_values(value, column.accepted_values),
                'is none of ' ~ column.accepted_values | join(', '))) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(rules) }}
{% endmacro %}

{% macro _rule(code, column, condition, fault) %}
    {{ return({
        'code': code,
        'condition': condition,
        'detail': code ~ ' ' ~ column.header ~ ': ' ~ fault,
    }) }}
{% endmacro %}
