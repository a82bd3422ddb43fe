with

set_aside as (
    {{ published_rows('quarantined') }}
)

select
    {{ canonical_columns() | join(',\n    ') }},
    origin_run_id,
    origin_row_number,
    attempt_count
from set_aside
