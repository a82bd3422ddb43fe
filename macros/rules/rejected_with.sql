{# Array with one element for each broken rule, in the contract's order: its `code` or its `detail`. #}
{%- macro rejected_with(rules, part) -%}
    {%- set cases = [] -%}
    {%- for rule in rules -%}
        {%- do cases.append("case when " ~ rule.condition ~ " then '" ~ rule[part] ~ "' end") -%}
    {%- endfor -%}
    {{ compact_array(cases) }}
{%- endmacro %}
