{#
    Hook after a build: where it failed and another one has begun since, says so. The later build drops and makes anew what
    the earlier one was reading, so that its own errors tell little.
#}
{% macro say_if_superseded(results) %}
    {%- if execute and results | selectattr('status', 'equalto', 'error') | list -%}
        {%- do stop_if_superseded() -%}
    {%- endif -%}
{% endmacro %}
