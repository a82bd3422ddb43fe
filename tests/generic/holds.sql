{#
    An arithmetic fact is not distinct from true of every row; where a missing value leaves it undecided, it does not hold.
    With `by_run` the rows to test are those that a build wrote for its runs; with `of_balances` all of them, if it had
    anything to do.
#}
{% test holds(model, fact, by_run=false, of_balances=false) %}
    select *
    from {{ model }}
    where ({{ fact }}) is distinct from true
    {% if by_run -%}
        and {{ rows_to_test() }}
    {%- elif of_balances -%}
        and {{ balances_to_test() }}
    {%- endif %}
{% endtest %}
