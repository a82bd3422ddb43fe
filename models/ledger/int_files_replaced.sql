-- The published files that this build writes as a whole: everything that was published of them is replaced.
select file_id
from {{ ref('int_file_scopes') }}
where publication_id = {{ publication_id() }}
    and is_whole
    and is_published
