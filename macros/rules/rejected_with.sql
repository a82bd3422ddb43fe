{#
    Array with one element for each broken rule, in the contract's order: its `code` or its `detail`. Arrays are made for
    refused rows only, which are few.
#}
{%- macro rejected_with(rules, part) -%}
    {%- set conditions = [] -%}
    {%- set cases = [] -%}
    {%- for rule in rules -%}
        {%- do conditions.append('(' ~ rule.condition ~ ')') -%}
        {%- do cases.append("case when " ~ rule.condition ~ " then '" ~ rule[part] ~ "' end") -%}
    {%- endfor -%}
    case when {{ conditions | join(' or ') }} then {{ compact_array(cases) }} else {{ empty_text_array() }} end
{%- endmacro %}
