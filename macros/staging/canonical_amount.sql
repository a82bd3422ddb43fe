{#
    The amount of a delivered row by the words of its contract (`amount`: columns whose sum it is, a minus sign turns one). A contract
    with one decimal column need not name it. An empty cell counts as nothing; where all are empty, or one is no number, it is NULL.
#}
{%- macro canonical_amount(terms) -%}
    {%- set names = amount_columns(terms) -%}
    {%- set parts = [] -%}
    {%- set known = [] -%}
    {%- for name in names -%}
        {%- set value = typed_number(terms, name.lstrip('-')) -%}
        {%- do parts.append(('-' if name.startswith('-') else '') ~ '(' ~ value ~ ')') -%}
        {%- do known.append('(' ~ is_missing(named(name.lstrip('-'), 'delivered')) ~ ' or (' ~ value ~ ') is not null)') -%}
    {%- endfor -%}
    {%- if not parts -%}
        cast(null as decimal(24, 4))
    {%- elif parts | length == 1 -%}
        cast({{ turned(terms, parts[0]) }} as decimal(24, 4))
    {%- else -%}
        {#- A sum may be larger than its type. -#}
        case
            when coalesce({{ parts | join(', ') }}) is not null and {{ known | join(' and ') }}
                then try_cast({{ turned(terms, 'coalesce(' ~ parts | join(', 0) + coalesce(') ~ ', 0)') }} as decimal(24, 4))
        end
    {%- endif -%}
{%- endmacro %}

{# The columns whose sum the amount is, as the contract names them. #}
{% macro amount_columns(terms) %}
    {%- if terms.meta.get('kind') != 'entries' -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set decimals = [] -%}
    {%- for name, column in terms.columns.items() if column.type == 'decimal' -%}
        {%- do decimals.append(name) -%}
    {%- endfor -%}
    {{ return(terms.meta.get('amount') or decimals) }}
{% endmacro %}
