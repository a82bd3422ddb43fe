-- The accounts as the last published delivery that names them describes them.
with

records as (

    select
        records.*,
        files.delivery_number,
        lag(records.row_hash) over (partition by records.account_id order by files.delivery_number) as previous_hash,
        row_number() over (partition by records.account_id order by files.delivery_number desc) as recency
    from {{ ref('account_records') }} as records
    inner join {{ ref('published_files') }} as files
        on records.publication_id = files.publication_id
            and records.file_id = files.file_id
            and files.replaced_by_number is null

),

-- Each delivery states every account again; what counts is when it last said something else.
latest as (

    select
        *,
        max(case when row_hash is distinct from previous_hash then landed_at end)
            over (partition by account_id)
            as changed_at
    from records

)

select
    account_id,
    currency,
    opened_on,
    closed_on,
    status,
    changed_at,
    landed_at,
    file_id
from latest
where recency = 1
