{# An expression is true of every row; where a missing value leaves it undecided, it is not. #}
{% test expression_is_true(model, expression, column_name=None) %}
    select * from {{ model }}
    where ({{ column_name ~ ' ' if column_name }}{{ expression }}) is distinct from true
{% endtest %}
