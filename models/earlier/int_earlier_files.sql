-- The files that were published before this build, and by which publications: a row of a file is visible if one of
-- these wrote it. The first is the last one that wrote the file as a whole; the others are those that wrote single rows
-- of it since.
select
    {{ publication_id() }} as build_id,
    passed.*
from (
    select
        *,
        max(case when kind = 'file' then publication_number end) over (partition by file_id) as whole_number,
        row_number() over (partition by file_id order by publication_number desc) = 1 as is_last
    from {{ ref('earlier_looks') }}
    where verdict = 'passed'
) as passed
where passed.publication_number >= passed.whole_number
