-- Each published file in the publication that published it first: where its rows went, what part of them was refused,
-- and how far its size is from the median of the up to 20 files of its feed before it. Where fewer than five are before
-- it there is nothing to hold it against.
with

looks as (

    select
        *,
        row_number() over (partition by file_id order by publication_number) as look
    from {{ ref('published_files') }}

),

files as (

    select
        *,
        row_number() over (partition by feed order by delivery_number) as place
    from looks
    where look = 1

),

by_size as (

    select
        files.file_id,
        before.rows_delivered,
        row_number() over (partition by files.file_id order by before.rows_delivered, before.place) as size_place,
        count(*) over (partition by files.file_id) as files_before
    from files
    inner join files as before
        on files.feed = before.feed
            and before.place between files.place - 20 and files.place - 1

),

-- Of an odd number of files the one in the middle, of an even number the two.
medians as (

    select
        file_id,
        cast(avg(rows_delivered) as double) as median_rows
    from by_size
    where files_before >= 5
        and 2 * size_place between files_before and files_before + 2
    group by file_id

)

select
    files.publication_id,
    files.file_id,
    files.feed,
    files.file_name,
    files.delivery_number,
    files.landed_at,
    files.rows_delivered,
    files.rows_malformed,
    files.rows_accepted,
    files.rows_quarantined,
    files.rows_condemned,
    files.rows_duplicate,
    files.rows_passed_over,
    100e0 * (files.rows_malformed + files.rows_quarantined)
    / nullif(files.rows_delivered - files.rows_passed_over, 0) as refused_percent,
    medians.median_rows,
    -- A file or a median of no rows counts as one row. Of no median, `greatest` is NULL on one engine only.
    case
        when medians.file_id is not null
            then greatest(files.rows_delivered, medians.median_rows, 1e0)
                / greatest(least(files.rows_delivered, medians.median_rows), 1e0)
    end as volume_ratio
from files
left join medians
    on files.file_id = medians.file_id
