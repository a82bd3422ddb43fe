{#
    A row as a CSV record in the contract's column order, delimiter and quote: what was delivered, ready to be corrected
    and sent again. A value is quoted only where it has to be, so that an empty and a missing value stay two things.
#}
{%- macro raw_record(feed) -%}
    {%- set terms = contract(feed) -%}
    {%- set delimiter = _sql_text(terms.meta.delimiter) -%}
    {%- set parts = [] -%}
    {%- for name in terms.columns -%}
        {%- do parts.append(_csv_field('delivered.' ~ name, delimiter, _sql_text(terms.meta.quote))) -%}
    {%- endfor -%}
    {{ parts | join(' || ' ~ delimiter ~ ' || ') }}
{%- endmacro %}

{%- macro _csv_field(value, delimiter, quote) -%}
    case
        when {{ value }} is null then ''
        when
            {{ value }} = ''
            {%- for special in [delimiter, quote, 'chr(10)', 'chr(13)'] %}
            or strpos({{ value }}, {{ special }}) > 0
            {%- endfor %}
            then {{ quote }} || replace({{ value }}, {{ quote }}, {{ quote }} || {{ quote }}) || {{ quote }}
        else {{ value }}
    end
{%- endmacro %}

{%- macro _sql_text(text) -%}
    {{- return("'" ~ (text or '') | replace("'", "''") ~ "'") -}}
{%- endmacro %}
