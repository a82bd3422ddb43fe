{#
    dbt's cast of a unit test's values, in place of dbt-athena's: a list of texts, given as a list or as [A, B], becomes an
    array, which Athena does not cast from text.
#}
{% macro athena__safe_cast(field, type) %}
    {%- if field is sequence and field is not string -%}
        {%- set texts = [] -%}
        {%- for text in field -%}
            {%- do texts.append(sql_text(text)) -%}
        {%- endfor -%}
        cast(array[{{ texts | join(', ') }}] as {{ type }})
    {%- elif type.startswith('array') and field != 'null' -%}
        case
            when {{ field }} = '[]' then cast(array[] as {{ type }})
            else split(substr({{ field }}, 2, length({{ field }}) - 2), ', ')
        end
    {%- else -%}
        try_cast({{ field }} as {{ type }})
    {%- endif -%}
{% endmacro %}
