{#
    Days and times in a format of Unicode Technical Standard 35, such as d MMM yyyy or MM/dd/yyyy h:mm a. What its letters are is
    said in loader/contract/date_formats.py, which reads formats alike.
#}

{# The pieces of a format: a list of mappings with `field`, its letter or letters, or with the `text` that has to stand there. #}
{% macro date_tokens(format) %}
    {%- set tokens = [] -%}
    {%- set piece = "('(?:[^']|'')*')|(S+)|(yyyy|yy|MMMM|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|a|xx|XXX)|([^A-Za-z'])" -%}
    {%- for quoted, fraction, field, literal in modules.re.findall(piece, format) -%}
        {%- if field or fraction -%}
            {%- do tokens.append({'field': field or 'S', 'text': fraction}) -%}
        {%- else -%}
            {%- do tokens.append({'field': none, 'text': literal or quoted[1:-1].replace("''", "'") or "'"}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(tokens) }}
{% endmacro %}

{% macro _months() %}
    {{ return(['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
        'December']) }}
{% endmacro %}

{# Pattern of one field, without a group of its own, and its length where it has but one. #}
{% macro _field_pattern(token) %}
    {%- set two = {
        'yy': '[0-9]{2}', 'MM': '(?:0[1-9]|1[0-2])', 'dd': '(?:0[1-9]|[12][0-9]|3[01])', 'HH': '(?:[01][0-9]|2[0-3])',
        'hh': '(?:0[1-9]|1[0-2])', 'mm': '[0-5][0-9]', 'ss': '[0-5][0-9]', 'a': '[AaPp][Mm]',
    } -%}
    {%- set more = {
        'yyyy': ['(?:19|20|21)[0-9]{2}', 4],
        'M': ['(?:0?[1-9]|1[0-2])', 0], 'd': ['(?:0?[1-9]|[12][0-9]|3[01])', 0], 'H': ['(?:[01]?[0-9]|2[0-3])', 0],
        'h': ['(?:0?[1-9]|1[0-2])', 0],
        'xx': ['[+-](?:(?:0[0-9]|1[0-3])[0-5][0-9]|1400)', 5],
        'XXX': ['(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))', 0],
    } -%}
    {%- if token.field in two -%}
        {{ return([two[token.field], 2]) }}
    {%- elif token.field in more -%}
        {{ return(more[token.field]) }}
    {%- elif token.field == 'S' -%}
        {#- Engines keep microseconds; what is beyond must be nothing. -#}
        {%- set digits = [token.text | length, 6] | min -%}
        {{ return(['[0-9]{' ~ digits ~ '}' ~ '0' * (token.text | length - digits), token.text | length]) }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for month in _months() -%}
        {%- set name = month if token.field == 'MMMM' else month[:3] -%}
        {%- set letters = [] -%}
        {%- for letter in name -%}
            {%- do letters.append('[' ~ letter | upper ~ letter | lower ~ ']') -%}
        {%- endfor -%}
        {%- do names.append(letters | join) -%}
    {%- endfor -%}
    {{ return(['(?:' ~ names | join('|') ~ ')', 0 if token.field == 'MMMM' else 3]) }}
{% endmacro %}

{# Regular expression of the texts that a format writes, with a group for each field. #}
{% macro date_pattern(format) %}
    {%- set pieces = [] -%}
    {%- for token in date_tokens(format) -%}
        {%- do pieces.append('(' ~ _field_pattern(token)[0] ~ ')' if token.field else modules.re.escape(token.text)) -%}
    {%- endfor -%}
    {{ return('^' ~ pieces | join ~ '\\z') }}
{% endmacro %}

{# SQL of each field's text by its letters, where the whole text fits the format. #}
{% macro _field_texts(value, format) %}
    {%- set found = {} -%}
    {%- set at = namespace(place=1, group=0) -%}
    {%- for token in date_tokens(format) -%}
        {%- set length = _field_pattern(token)[1] if token.field else token.text | length -%}
        {%- if token.field -%}
            {%- set at.group = at.group + 1 -%}
            {%- if at.place and length -%}
                {%- do found.update({token.field: 'substr(' ~ value ~ ', ' ~ at.place ~ ', ' ~ length ~ ')'}) -%}
            {%- else -%}
                {%- do found.update({token.field: regexp_group(value, date_pattern(format), at.group)}) -%}
            {%- endif -%}
        {%- endif -%}
        {#- Behind a field of any length the place is not known. -#}
        {%- set at.place = at.place + length if at.place and length else 0 -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#
    A day or time in a format as ISO 8601 text: 2024-02-29, or 2024-02-29T23:59:00+01:00. NULL unless the whole text is in the
    format; whether there is such a day is not asked here. A format without a year takes it from the last day that the file is
    about: the latest such day that is not after it.
#}
{%- macro iso_text(value, column, period_end='delivered.period_end') -%}
    {%- set fields = _field_texts(value, column.format) -%}
    case
        when {{ regexp_like(value, date_pattern(column.format)) }}
            then {{ _iso_day(fields, column, period_end) }}
                {%- if 'HH' in fields or 'H' in fields or 'hh' in fields or 'h' in fields %}
                || 'T' || {{ _iso_time(fields) }}
                {%- endif %}
    end
{%- endmacro %}

{%- macro _iso_day(fields, column, period_end) -%}
    {%- if 'MM' in fields -%}
        {%- set month = fields['MM'] -%}
    {%- elif 'M' in fields -%}
        {%- set month = 'lpad(' ~ fields['M'] ~ ", 2, '0')" -%}
    {%- else -%}
        {%- set cases = [] -%}
        {%- for name in _months() -%}
            {%- do cases.append("when '" ~ (name if 'MMMM' in fields else name[:3]) | lower ~ "' then '" ~ '%02d' | format(loop.index) ~ "'") -%}
        {%- endfor -%}
        {%- set month = 'case lower(' ~ (fields['MMMM'] or fields['MMM']) ~ ') ' ~ cases | join(' ') ~ ' end' -%}
    {%- endif -%}
    {%- set day = month ~ " || '-' || " ~ (fields['dd'] if 'dd' in fields else 'lpad(' ~ fields['d'] ~ ", 2, '0')") -%}
    {%- if 'yyyy' in fields -%}
        {%- set year = fields['yyyy'] -%}
    {%- elif 'yy' in fields -%}
        {%- set year = "'" ~ '%02d' | format(column.century // 100) ~ "' || " ~ fields['yy'] -%}
    {%- else -%}
        {%- set year = _year_before(day, period_end) -%}
    {%- endif -%}
    {{- year ~ " || '-' || " ~ day -}}
{%- endmacro %}

{# The year of the latest day, given as MM-dd, that is not after another day; 29 February is a day of leap years. #}
{%- macro _year_before(day, period_end) -%}
    {%- set year = '(year(' ~ period_end ~ ') - case when ' ~ day ~ ' > substr(cast(' ~ period_end ~ ' as varchar), 6, 5) then 1 else 0 end)' -%}
    lpad(cast({{ year }} - case when {{ day }} = '02-29' then {{ year }} % 4 else 0 end as varchar), 4, '0')
{%- endmacro %}

{%- macro _iso_time(fields) -%}
    {%- if 'a' in fields -%}
        {%- set half = 'lpad(' ~ (fields['hh'] or fields['h']) ~ ", 2, '0')" -%}
        {%- set hour = 'case when upper(' ~ fields['a'] ~ ") = 'AM' then case when " ~ half ~ " = '12' then '00' else " ~ half
            ~ " end when " ~ half ~ " = '12' then '12' else cast(try_cast(" ~ half ~ ' as integer) + 12 as varchar) end' -%}
    {%- else -%}
        {%- set hour = fields['HH'] if 'HH' in fields else 'lpad(' ~ fields['H'] ~ ", 2, '0')" -%}
    {%- endif -%}
    {%- set pieces = [hour, "':'", fields.get('mm', "'00'"), "':'", fields.get('ss', "'00'")] -%}
    {%- if 'S' in fields -%}
        {%- do pieces.extend(["'.'", 'substr(' ~ fields['S'] ~ ', 1, 6)']) -%}
    {%- endif -%}
    {%- if 'XXX' in fields -%}
        {%- do pieces.append(fields['XXX']) -%}
    {%- elif 'xx' in fields -%}
        {%- do pieces.extend(['substr(' ~ fields['xx'] ~ ', 1, 3)', "':'", 'substr(' ~ fields['xx'] ~ ', 4, 2)']) -%}
    {%- endif -%}
    {{- pieces | join(' || ') -}}
{%- endmacro %}
