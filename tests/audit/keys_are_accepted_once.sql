-- No key is let in twice: not by this build, and not beside what is published.
select
    accepted.feed,
    accepted.business_key,
    accepted.file_id,
    accepted.row_number
from (
    select
        feed,
        business_key,
        file_id,
        row_number,
        count(*) over (partition by feed, business_key) as row_count
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
) as accepted
where accepted.row_count > 1
union all
select
    earlier.feed,
    earlier.business_key,
    earlier.file_id,
    earlier.row_number
from {{ ref('earlier_accepted_rows') }} as earlier
left join {{ ref('row_changes') }} as changes
    on earlier.file_id = changes.file_id
        and earlier.row_number = changes.row_number
        and changes.publication_id = {{ publication_id() }}
where changes.file_id is null
    and earlier.file_id not in (select files.file_id from {{ ref('int_files_replaced') }} as files)
    and (earlier.feed, earlier.business_key) in (
        select accepted.feed, accepted.business_key from {{ ref('accepted_rows') }} as accepted
        where accepted.publication_id = {{ publication_id() }}
    )
