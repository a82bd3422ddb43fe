{# Every one of the columns has a value in every row. #}
{% test never_null(model, columns, by_run=false) %}
    select *
    from {{ model }}
    where (
        {%- for column in columns %}
        {{ column }} is null
        {{- ' or' if not loop.last }}
        {%- endfor %}
    )
    {% if by_run -%}
    and {{ rows_to_test() }}
    {%- endif %}
{% endtest %}
