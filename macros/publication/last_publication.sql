{# SQL condition: a row of a record is of the last publication, or, where everything is audited, of any. #}
{%- macro of_last_publication(alias) -%}
    {%- if var('audit_scope') == 'everything' -%}
        true
    {%- else -%}
        {{ alias }}.publication_id = (
            select max_by(last_one.publication_id, last_one.publication_number) from {{ ref('publications') }} as last_one
        )
    {%- endif -%}
{%- endmacro %}

{#
    SQL condition on the rows of readers' month-ends that are compared with their records after a commit: the months that this build
    published or closed, as literals, so that no other is read. A build that published nothing compares a hundred accounts, since
    only the views can be others.
#}
{% macro rows_to_compare() %}
    {%- set versions = ref('month_end_versions') -%}
    {%- set publications = ref('publications') -%}
    {%- set of_this_build = ask('select 1 from ' ~ publications ~ ' where publication_id = ' ~ publication_id(), publications) -%}
    {%- set months = ask(
        'select distinct cast(month as varchar) from ('
        ~ 'select month, publication_id from ' ~ versions ~ ' union select month, publication_id from ' ~ ref('closes')
        ~ ') as written where ' ~ of_last_publication('written'), versions
    ) if of_this_build or var('audit_scope') == 'everything' -%}
    {{ return('month ' ~ in_months(months) if months else of_accounts_to_compare()) }}
{% endmacro %}

{#
    SQL condition: a row is of one of a hundred accounts, the restated ones of the last publication first. It is enough to see a view
    that shows something else than its records, and reads little. `make audit` looks at all of them.
#}
{% macro of_accounts_to_compare(prefix='') %}
    {%- if var('audit_scope') == 'everything' -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set versions = ref('month_end_versions') -%}
    {%- set accounts = 'select account_id from ' ~ versions ~ ' as versions where ' -%}
    {%- set order = ' order by version desc, account_id limit 100' -%}
    {%- set found = ask(accounts ~ of_last_publication('versions') ~ order, versions) or ask(accounts ~ 'true' ~ order, versions) -%}
    {{ return(prefix ~ 'account_id in (' ~ _literals(found | map(attribute=0) | unique | list) ~ ')' if found else 'false') }}
{% endmacro %}

{# SQL condition on a month: `in` the months that `ask` gave, as texts, in its first column; true of none where it gave none. #}
{% macro in_months(rows) %}
    {{ return('in (' ~ _literals(rows | map(attribute=0) | list, 'date ') ~ ')' if rows else 'is null') }}
{% endmacro %}
