with

source as (

    select * from {{ source('raw', 'runs') }}

),

renamed as (

    select
        run_id,
        feed,
        file_name,
        sha256,
        bytes,
        rows_delivered,
        rows_landed,
        rows_malformed,
        contract_version,
        loader_version,
        {{ utc_from_iso_offset('started_at') }} as started_at,
        {{ utc_from_iso_offset('committed_at') }} as known_at,
        ingest_date
    from source

)

select * from renamed
