{# An arithmetic fact is not distinct from true of every row; where a missing value leaves it undecided, it does not hold. #}
{% test holds(model, fact, by_run=false) %}
    select *
    from {{ model }}
    where ({{ fact }}) is distinct from true
    {% if by_run -%}
        and {{ rows_to_test() }}
    {%- endif %}
{% endtest %}
