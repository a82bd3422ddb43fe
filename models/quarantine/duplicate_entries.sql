with

set_aside as (
    {{ published_rows('duplicate') }}
)

select
    {{ canonical_columns() | join(',\n    ') }}
from set_aside
