-- No key is let in twice: not by this build, and not beside what is published. A build that lets none in reads nothing.
with

new_keys as (

    select feed, business_key, {{ number_hash("concat(feed, ' ', business_key)") }} as key_number
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}

),

shared_numbers as (

    select key_number from new_keys
    group by key_number
    having count(*) > 1

)

select
    feed,
    business_key,
    count(*) as row_count
from new_keys
where key_number in (select shared_numbers.key_number from shared_numbers)
group by feed, business_key
having count(*) > 1
union all
select
    earlier.feed,
    earlier.business_key,
    2 as row_count
from {{ ref('int_audited_earlier_rows') }} as earlier
left join {{ ref('row_changes') }} as changes
    on earlier.file_id = changes.file_id
        and earlier.row_number = changes.row_number
        and changes.publication_id = {{ publication_id() }}
where {{ 'true' if has_written(ref('accepted_rows')) else 'false' }}
    and changes.file_id is null
    and earlier.publication_id <> {{ publication_id() }}
    and earlier.file_id not in (select files.file_id from {{ ref('int_files_replaced') }} as files)
    and (earlier.feed, earlier.business_key) in (
        select
            new_keys.feed,
            new_keys.business_key
        from new_keys
    )
