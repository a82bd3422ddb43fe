{#
    What a generic test looks at, by its config `where`: dbt's own macro, and one word more. `where: this_build` is the rows that
    this build wrote. dbt renders no macros in a config, so the word has its meaning here. `make audit` looks at all rows.
#}
{% macro get_where_subquery(relation) %}
    {%- if config.get('where') != 'this_build' -%}
        {{ return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) }}
    {%- elif var('audit_scope') == 'everything' -%}
        {{ return(relation) }}
    {%- endif -%}
    {{ return('(' ~ rows_of(relation) ~ ') as of_this_build') }}
{% endmacro %}
