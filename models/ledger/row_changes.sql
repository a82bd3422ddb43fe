-- The rows of published files that were evaluated again on their own, because of a decision or because their key has become free or
-- was taken: from this publication on no earlier evaluation of them is visible.
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
