{#
    No two rows have the same values in the columns, missing ones counted as values. With `by_run`, keys of the rows to
    test are looked up in the whole table; with `of_balances` every key is, if the build had anything to do; with `of_history`
    by `dbt test` alone, since that reads all there is.
#}
{% test unique_by(model, columns, by_run=false, of_balances=false, of_history=false) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    {% if by_run -%}
    where ({{ columns | join(', ') }}) in (select {{ columns | join(', ') }} from {{ model }} where {{ rows_to_test() }})
    {% elif of_balances -%}
    where {{ balances_to_test() }}
    {% elif of_history -%}
    where {{ 'false' if flags.WHICH == 'build' else 'true' }}
    {% endif -%}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
