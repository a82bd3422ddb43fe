{#
    Select of the judgements of a table that still stand: those of rows that no later replay has judged. The row is named by the
    file that brought it, whichever run judged it last.

    `judgements` is int_quarantined_entries or int_condemned_entries.
#}
{% macro standing_judgements(judgements) %}
    {%- set named = {'run_id': 'origin_run_id as run_id', 'row_number': 'origin_row_number as row_number'} -%}
    with

    last_judgements as (

        select
            origin_run_id,
            origin_row_number,
            max(known_at) as known_at
        from {{ ref('rejudged_entries') }}
        group by origin_run_id, origin_row_number

    )

    select
        {% for column in canonical_columns() -%}
        judgements.{{ named.get(column, column) }},
        {% endfor -%}
        judgements.run_id as judged_by_run_id,
        judgements.attempt_count
    from {{ judgements }} as judgements
    left join last_judgements
        on {{ same(['origin_run_id', 'origin_row_number'], 'judgements', 'last_judgements') }}
    where last_judgements.known_at is null
        or judgements.known_at >= last_judgements.known_at
{% endmacro %}
