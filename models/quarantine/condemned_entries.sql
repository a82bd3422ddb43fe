{{ config(materialized='view') }}

{%- set named = {'run_id': 'origin_run_id as run_id', 'row_number': 'origin_row_number as row_number'} %}

with

judgements as (

    select * from {{ ref('int_condemned_entries') }}

),

last_judgements as (

    select
        origin_run_id,
        origin_row_number,
        max(known_at) as known_at
    from {{ ref('rejudged_entries') }}
    group by origin_run_id, origin_row_number

)

-- The row is named by the file that brought it, whichever run judged it last.
select
    {% for column in canonical_columns() -%}
    judgements.{{ named.get(column, column) }},
    {% endfor -%}
    judgements.run_id as judged_by_run_id,
    judgements.attempt_count
from judgements
left join last_judgements
    on judgements.origin_run_id = last_judgements.origin_run_id
        and judgements.origin_row_number = last_judgements.origin_row_number
where last_judgements.known_at is null
    or judgements.known_at >= last_judgements.known_at
