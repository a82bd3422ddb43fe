{#
    A column of a contract in SQL. Its name is always quoted: whoever writes the contract chooses it, and each engine has
    other words of its own.
#}
{%- macro named(column, relation=none) -%}
    {{- return((relation ~ '.' if relation else '') ~ adapter.quote(column)) -}}
{%- endmacro %}
