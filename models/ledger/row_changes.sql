-- The rows of published files that are something else now: because of a decision, because their key has become free or
-- was taken, or because other code evaluates them. From this publication on no earlier evaluation of them is visible.
select
    publication_id,
    file_id,
    row_number,
    feed,
    cast(previous_status as varchar) as previous_status,
    cast(status as varchar) as status
from {{ ref('int_row_outcomes') }}
where publication_id = {{ publication_id() }}
    and is_changed
union all
select
    reevaluated.publication_id,
    reevaluated.file_id,
    reevaluated.row_number,
    reevaluated.feed,
    cast(reevaluated.previous_status as varchar) as previous_status,
    cast(reevaluated.status as varchar) as status
from {{ ref('int_rows_reevaluated') }} as reevaluated
inner join {{ ref('int_file_scopes') }} as scopes
    on {{ same(['publication_id', 'file_id'], 'reevaluated', 'scopes') }}
        and not scopes.is_whole
where reevaluated.publication_id = {{ publication_id() }}
