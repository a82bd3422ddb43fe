{# No row belongs to a run that the gate has not let through. #}
{% test only_published_runs(model) %}
    select rows_of.run_id, count(*) as row_count
    from {{ model }} as rows_of
    left join {{ ref('run_gate') }} as gate
        on rows_of.run_id = gate.run_id
            and gate.verdict = 'passed'
    where gate.run_id is null
        and {{ rows_to_test('rows_of.run_id') }}
    group by rows_of.run_id
{% endtest %}
