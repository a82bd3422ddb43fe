{#
    A number written in a format (number_format) as a plain decimal: -1234.56 for 1.234,56-. NULL unless the whole text is
    such a number, so nothing is read that the format does not write.
#}
{%- macro plain_number(value, format) -%}
    {%- set bare = [value] -%}
    {#- A symbol may hold a point, so symbols go first, and the one that holds another goes before it. -#}
    {%- for symbol in format.symbols | sort | reverse -%}
        {%- do bare.append('replace(' ~ bare[-1] ~ ', ' ~ sql_text(symbol) ~ ", '')") -%}
    {%- endfor -%}
    {%- set digits = regexp_replace(bare[-1], '[^0-9' ~ _escaped(format.decimal_char) ~ ']') -%}
    {%- if format.decimal_char != '.' -%}
        {%- set digits = 'replace(' ~ digits ~ ', ' ~ sql_text(format.decimal_char) ~ ", '.')" -%}
    {%- endif -%}
    case
        when {{ regexp_like(value, number_pattern(format)) }}
            then {% if not format.is_unsigned -%}
                case when {{ regexp_like(bare[-1], '[(\\-\\x{2212}]') }} then '-' else '' end || {% endif -%}
            {{ digits }}
    end
{%- endmacro %}

{# Regular expression of the numbers that a format writes, of up to 20 digits before the decimal sign and 18 after it. #}
{%- macro number_pattern(format) -%}
    {{- '^(?:' ~ _signed_numbers(format) | join('|') ~ ')\\z' -}}
{%- endmacro %}

{# What a number may look like, with its sign and its symbol: a list of patterns. #}
{% macro _signed_numbers(format) %}
    {%- set number = '(?:' ~ _unsigned_number(format) ~ ')' -%}
    {%- set signs = '[+\\-\\x{2212}]' -%}
    {%- if format.is_unsigned -%}
        {%- set signed = [number] -%}
    {%- elif format.negative == 'minus' -%}
        {%- set signed = [signs ~ '?' ~ number] -%}
    {%- elif format.negative == 'trailing_minus' -%}
        {%- set signed = [number ~ signs ~ '?'] -%}
    {%- else -%}
        {%- set signed = [number, '\\(' ~ number ~ '\\)'] -%}
    {%- endif -%}
    {%- if not format.symbols -%}
        {{ return(signed) }}
    {%- endif -%}
    {%- set escaped = [] -%}
    {%- for symbol in format.symbols -%}
        {%- do escaped.append(_escaped(symbol)) -%}
    {%- endfor -%}
    {%- set symbol = '(?:' ~ escaped | join('|') ~ ')' -%}
    {%- set blank = '[ \\x{00A0}\\x{202F}]' -%}
    {%- set before = symbol ~ blank ~ '?' -%}
    {%- set after = blank ~ '?' ~ symbol -%}
    {%- set forms = [] -%}
    {%- for form in signed -%}
        {%- do forms.extend([form, before ~ form, form ~ after]) -%}
    {%- endfor -%}
    {#- Between the sign and the digits. There may be one blank in all. -#}
    {%- set between = '(?:' ~ before ~ '|' ~ after ~ ')' -%}
    {%- if format.is_unsigned -%}
        {{ return(forms) }}
    {%- elif format.negative == 'minus' -%}
        {%- do forms.append(signs ~ between ~ number) -%}
    {%- elif format.negative == 'trailing_minus' -%}
        {%- do forms.append(number ~ between ~ signs) -%}
    {%- else -%}
        {%- do forms.append('\\((?:' ~ before ~ number ~ '|' ~ number ~ after ~ ')\\)') -%}
    {%- endif -%}
    {{ return(forms) }}
{% endmacro %}

{# All group signs or none; a group sign follows no leading zero, which no program writes: 0.123 is no 123. #}
{% macro _unsigned_number(format) %}
    {%- set fraction = '(?:' ~ _escaped(format.decimal_char) ~ '[0-9]{1,18})?' -%}
    {%- if not format.group_char -%}
        {{ return('[0-9]{1,20}' ~ fraction) }}
    {%- endif -%}
    {%- set sign = '[ \\x{00A0}\\x{202F}]' if format.group_char in (' ', '\u00a0', '\u202f') else _escaped(format.group_char) -%}
    {%- if format.grouping == 'indian' -%}
        {%- set grouped = '(?:[1-9][0-9]?(?:' ~ sign ~ '[0-9]{2}){0,7}|[1-9](?:' ~ sign ~ '[0-9]{2}){8})' ~ sign ~ '[0-9]{3}' -%}
    {%- else -%}
        {%- set grouped = '[1-9][0-9]{0,2}(?:' ~ sign ~ '[0-9]{3}){1,5}|[1-9][0-9]?(?:' ~ sign ~ '[0-9]{3}){6}' -%}
    {%- endif -%}
    {{ return('(?:[0-9]{1,20}|' ~ grouped ~ ')' ~ fraction) }}
{% endmacro %}

{# A text as a regular expression that fits nothing else: Python's escapes are those of both engines. #}
{% macro _escaped(text) %}
    {{ return(modules.re.escape(text)) }}
{% endmacro %}

{# A number of a format for messages: 1.234,56-. #}
{% macro number_example(format) %}
    {%- set number = '1' ~ (format.group_char or '') ~ '234' ~ format.decimal_char ~ '56' -%}
    {%- if format.is_unsigned -%}
        {{ return(number) }}
    {%- endif -%}
    {{ return({'minus': '-' ~ number, 'trailing_minus': number ~ '-', 'parentheses': '(' ~ number ~ ')'}[format.negative]) }}
{% endmacro %}
