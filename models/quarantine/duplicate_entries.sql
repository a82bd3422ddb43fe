with

set_aside as (
    {{ published_rows('duplicate') }}
)

select
    {{ canonical_columns() | join(',\n    ') }},
    origin_run_id,
    origin_row_number
from set_aside
