{# Whether anything was published before this build; without, what compares with earlier rows is left out of a query. #}
{% macro is_after_a_publication(this_build) %}
    {{ return(ask(
        'select 1 from ' ~ this_build ~ ' where publication_id = ' ~ publication_id() ~ " and previous_publication_id <> 'none'", this_build
    ) | length > 0) }}
{% endmacro %}
