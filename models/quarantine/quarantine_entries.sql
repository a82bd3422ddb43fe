with

set_aside as (
    {{ published_rows('quarantined') }}
)

select
    {{ canonical_columns() | join(',\n    ') }}
from set_aside
