-- The published files that this build evaluated again as a whole: what was published of them is replaced.
select file_id
from {{ ref('file_gate') }}
where publication_id = {{ publication_id() }}
    and verdict = 'passed'
    and is_published
