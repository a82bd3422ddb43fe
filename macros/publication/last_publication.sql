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
