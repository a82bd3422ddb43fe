with

source as (

    select * from {{ source('raw', 'malformed_rows') }}

),

runs as (

    select * from {{ ref('stg_runs') }}

),

decoded as (

    select
        source.run_id,
        runs.feed,
        runs.file_name,
        cast(source.row_number as bigint) as row_number,
        cast(source.line_number as bigint) as line_number,
        'SCHEMA_ERROR' as rejection_code,
        source.reason,
        cast(source.byte_offset as bigint) as byte_offset,
        cast(source.byte_length as bigint) as byte_length,
        {{ decode_raw_text('source.raw_text') }} as raw_text,
        source.ingest_date,
        runs.known_at
    from source
    inner join runs
        on source.run_id = runs.run_id
            and source.ingest_date = runs.ingest_date

)

select * from decoded
