{#
    An arithmetic fact is not distinct from true of every row; where a missing value leaves it undecided, it does not hold.
    With `by_run` the rows to test are those that a build wrote for its runs; with `of_balances` all of them, if it had
    anything to do. With `of_history` it is `dbt test` alone that looks, since that reads all there is.
#}
{% test holds(model, fact, by_run=false, of_balances=false, of_history=false) %}
    select *
    from {{ model }}
    where ({{ fact }}) is distinct from true
    {% if by_run -%}
        and {{ rows_to_test() }}
    {%- elif of_balances -%}
        and {{ balances_to_test() }}
    {%- elif of_history -%}
        and {{ 'false' if flags.WHICH == 'build' else 'true' }}
    {%- endif %}
{% endtest %}
