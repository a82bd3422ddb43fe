-- The published rows of the keys that this build looks at: of new rows, and of rows on which something was decided. Of
-- a file that is evaluated as a whole its rows are the new ones; of a feed whose changed code is held what is published
-- stays.
with

decided as (

    select
        file_id,
        row_number
    from {{ ref('int_row_decisions') }}
    where publication_id = {{ publication_id() }}
        and is_new

),

-- A row without a key is alone.
looked_at_keys as (

    select
        feed,
        business_key
    from {{ ref('int_claims') }}
    where publication_id = {{ publication_id() }}
        and business_key <> ''
    union all
    select
        earlier.feed,
        earlier.business_key
    from {{ ref('earlier_rows') }} as earlier
    inner join decided
        on {{ same(['file_id', 'row_number'], 'earlier', 'decided') }}
    where earlier.business_key <> ''

)

select
    {{ publication_id() }} as publication_id,
    earlier.*
from {{ ref('earlier_rows') }} as earlier
where earlier.feed in (
        select feeds.feed from {{ ref('int_feeds') }} as feeds
        where feeds.publication_id = {{ publication_id() }}
            and feeds.kind = 'entries'
            and not feeds.is_evaluated_anew
    )
    and earlier.file_id not in (
        select files.file_id from {{ ref('int_files_to_evaluate') }} as files
        where files.publication_id = {{ publication_id() }}
            and files.is_read
    )
    and (
        (earlier.feed, earlier.business_key) in (
            select
                looked_at_keys.feed,
                looked_at_keys.business_key
            from looked_at_keys
        )
        or (earlier.file_id, earlier.row_number) in (
            select
                decided.file_id,
                decided.row_number
            from decided
        )
    )
    and {{ 'true' if is_after_a_publication(ref('int_this_build')) else 'false' }}
