-- Every row that this build found to be something else than what is published of it is written, wherever it goes.
with

changed as (

    select
        file_id,
        row_number,
        status
    from {{ ref('int_row_outcomes') }}
    where publication_id = {{ publication_id() }}
        and is_changed
    union all
    select
        file_id,
        row_number,
        status
    from {{ ref('int_rows_reevaluated') }}
    where publication_id = {{ publication_id() }}

),

written as (

    select
        file_id,
        row_number
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
    union all
    select
        file_id,
        row_number
    from {{ ref('set_aside_rows') }}
    where publication_id = {{ publication_id() }}

)

select
    changed.file_id,
    changed.row_number,
    changed.status
from changed
left join written
    on {{ same(['file_id', 'row_number'], 'changed', 'written') }}
where written.file_id is null
