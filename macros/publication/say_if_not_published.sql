{# After a build: says in words that another build was first, be it that the commit found its row or met it on the way. #}
{% macro say_if_not_published(results) %}
    {%- set commit_lost = [] -%}
    {%- for result in results
        if result.node.name == 'this_build_is_published' and result.status == 'fail'
        or result.node.name == 'publications' and 'ICEBERG_COMMIT_ERROR' in result.message | string -%}
        {%- do commit_lost.append(result.node.name) -%}
    {%- endfor -%}
    {%- if commit_lost -%}
        {%- do log('NOT PUBLISHED: another build has published meanwhile. Nothing of this one counts; run dbt build again.', info=true) -%}
    {%- endif -%}
{% endmacro %}
