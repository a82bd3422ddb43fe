-- The files that did not pass at the last look are those in held_files.
{{ config(tags=['after_commit']) }}
with

looks as (

    select
        files.feed,
        files.file_id,
        files.verdict,
        row_number() over (partition by files.file_id order by publications.publication_number desc) as recency
    from {{ ref('file_evaluations') }} as files
    inner join {{ ref('publications') }} as publications
        on files.publication_id = publications.publication_id

),

not_passed as (

    select * from looks
    where recency = 1
        and verdict <> 'passed'

)

select
    coalesce(not_passed.feed, shown.feed) as feed,
    coalesce(not_passed.file_id, shown.file_id) as file_id
from not_passed
full outer join {{ ref('held_files') }} as shown
    on not_passed.file_id = shown.file_id
where not_passed.file_id is null
    or shown.file_id is null
