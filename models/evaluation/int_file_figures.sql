-- What the gate asks of each file that is evaluated as a whole: how many rows were found, and how many of them are
-- refused as they were delivered. A row that is condemned is no longer refused, and a later release of a row does not
-- help its file.
with

files as (

    select * from {{ ref('int_files_to_evaluate') }}
    where publication_id = {{ publication_id() }}
        and is_read

),

-- How the rows stood that contest a key or were decided on, when their file was delivered.
as_delivered as (

    select
        claims.file_id,
        claims.row_number,
        case
            when coalesce(claims.last_decision, 'release') <> 'release' then 'condemned'
            when claims.has_equal_before and (claims.breaks_rules or winners.outcome = 'conflict') then 'condemned'
            when winners.outcome = 'conflict' then 'conflict'
        end as outcome
    from {{ ref('int_key_claims') }} as claims
    left join {{ ref('int_key_winners') }} as winners
        on claims.file_id = winners.file_id
            and claims.row_number = winners.row_number
            and winners.released_at is null
            and winners.publication_id = {{ publication_id() }}
    where claims.publication_id = {{ publication_id() }}
        and claims.released_at is null

),

evaluated as (

    select
        rows_of_file.file_id,
        rows_of_file.rejection_reasons,
        rows_of_file.is_passed_over,
        as_delivered.outcome,
        (rows_of_file.breaks_rules and as_delivered.outcome is distinct from 'condemned')
        or (as_delivered.outcome is not distinct from 'conflict') as is_refused
    from {{ ref('int_claims') }} as rows_of_file
    left join as_delivered
        on rows_of_file.file_id = as_delivered.file_id
            and rows_of_file.row_number = as_delivered.row_number
    where rows_of_file.publication_id = {{ publication_id() }}

),

counted as (

    select
        file_id,
        count(*) as rows_evaluated,
        count(*) filter (where is_passed_over) as rows_passed_over,
        count(*) filter (where is_refused) as rows_refused
    from evaluated
    group by file_id

),

malformed as (

    select
        malformed_rows.file_id,
        malformed_rows.reason
    from {{ ref('stg_malformed_rows') }} as malformed_rows
    where {{ of_files(files_to_read(), 'malformed_rows') }}

),

malformed_counted as (

    select
        file_id,
        count(*) as rows_found
    from malformed
    group by file_id

),

codes as (

    select
        evaluated.file_id,
        reasons.code
    from evaluated
    cross join unnest(evaluated.rejection_reasons) as reasons (code)
    where evaluated.is_refused
    union all
    select
        file_id,
        'CONFLICTING_TRANSACTION_ID' as code
    from evaluated
    where outcome = 'conflict'
    union all
    select
        file_id,
        reason as code
    from malformed

),

codes_counted as (

    select
        file_id,
        code,
        count(*) as row_count
    from codes
    group by file_id, code

),

codes_over_limit as (

    select
        codes_counted.file_id,
        {{ dbt.listagg(
            "codes_counted.code || ' in ' || cast(codes_counted.row_count as varchar) || ' rows'",
            "', '", 'order by codes_counted.code'
        ) }} as codes_over_limit
    from codes_counted
    inner join files
        on codes_counted.file_id = files.file_id
    inner join {{ ref('int_feeds') }} as feeds
        on files.feed = feeds.feed
            and feeds.publication_id = {{ publication_id() }}
    where codes_counted.row_count > feeds.code_limit
    group by codes_counted.file_id

)

select
    {{ publication_id() }} as publication_id,
    files.file_id,
    coalesce(counted.rows_evaluated, 0) as rows_evaluated,
    coalesce(malformed_counted.rows_found, 0) as malformed_found,
    coalesce(counted.rows_passed_over, 0) as rows_passed_over,
    files.rows_malformed + coalesce(counted.rows_refused, 0) as rows_refused,
    codes_over_limit.codes_over_limit
from files
left join counted
    on files.file_id = counted.file_id
left join malformed_counted
    on files.file_id = malformed_counted.file_id
left join codes_over_limit
    on files.file_id = codes_over_limit.file_id
