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
    SQL condition on the month of readers' views after a commit: `in` the months that this build published or closed. A build that
    published nothing compares the last month, since only the views can be others. The months are literals, so that no other is read.
#}
{% macro in_months_to_compare() %}
    {%- set versions = ref('month_end_versions') -%}
    {%- set publications = ref('publications') -%}
    {%- set of_this_build = ask('select 1 from ' ~ publications ~ ' where publication_id = ' ~ publication_id(), publications) -%}
    {%- set months = ask(
        'select distinct cast(month as varchar) from ('
        ~ 'select month, publication_id from ' ~ versions ~ ' union select month, publication_id from ' ~ ref('closes')
        ~ ') as written where ' ~ of_last_publication('written'), versions
    ) -%}
    {%- if not months or not of_this_build and var('audit_scope') != 'everything' -%}
        {%- set months = ask(
            'select cast(max(versions.month) as varchar) from ' ~ versions ~ ' as versions inner join ' ~ publications
            ~ ' as publications on versions.publication_id = publications.publication_id having count(*) > 0', versions
        ) -%}
    {%- endif -%}
    {{ return(in_months(months)) }}
{% endmacro %}

{# SQL condition on a month: `in` the months that `ask` gave, as texts, in its first column; true of none where it gave none. #}
{% macro in_months(rows) %}
    {{ return('in (' ~ _literals(rows | map(attribute=0) | list, 'date ') ~ ')' if rows else 'is null') }}
{% endmacro %}
