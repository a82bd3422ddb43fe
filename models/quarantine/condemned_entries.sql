with

set_aside as (
    {{ published_rows('condemned') }}
)

select
    {{ canonical_columns() | join(',\n    ') }}
from set_aside
