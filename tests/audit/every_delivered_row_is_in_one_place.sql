-- Every line of a file that passes is in one place, by the rows themselves: as many rows as the manifest states, each number once.
with

written as (

    select file_id, row_number from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
    union all
    select file_id, row_number from {{ ref('account_records') }}
    where publication_id = {{ publication_id() }}
    union all
    select file_id, row_number from {{ ref('set_aside_rows') }}
    where publication_id = {{ publication_id() }}

),

found as (

    select
        written.file_id,
        count(*) as row_count,
        count(distinct written.row_number) as distinct_count
    from written
    group by written.file_id

),

evaluations as (

    select * from {{ ref('file_evaluations') }}
    where publication_id = {{ publication_id() }}

),

changed as (

    select
        file_id,
        count(*) as row_count
    from {{ ref('row_changes') }}
    where publication_id = {{ publication_id() }}
    group by file_id

)

select
    coalesce(evaluations.file_id, found.file_id) as file_id,
    evaluations.feed,
    evaluations.kind,
    evaluations.verdict,
    evaluations.rows_delivered,
    found.row_count
from evaluations
full outer join found
    on evaluations.file_id = found.file_id
left join {{ ref('stg_files') }} as files
    on evaluations.file_id = files.file_id
left join changed
    on evaluations.file_id = changed.file_id
where (
    coalesce(found.row_count, 0) = coalesce(found.distinct_count, 0)
    and case
        when evaluations.verdict <> 'passed' then found.row_count is null
        else
            evaluations.rows_delivered
            = evaluations.rows_malformed + evaluations.rows_accepted + evaluations.rows_quarantined + evaluations.rows_condemned
            + evaluations.rows_duplicate + evaluations.rows_passed_over
            and evaluations.rows_delivered = files.rows_delivered
            and evaluations.rows_malformed = files.rows_malformed
            and coalesce(found.row_count, 0)
            = case when evaluations.kind = 'file' then files.rows_landed else changed.row_count end
    end
) is distinct from true
