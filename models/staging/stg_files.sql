with

source as (

    select * from {{ source('raw', 'files') }}

),

renamed as (

    select
        file_id,
        feed,
        delivery_number,
        file_name,
        sha256,
        bytes,
        rows_delivered,
        rows_landed,
        rows_malformed,
        contract_version,
        columns as contract_columns,
        loader_version,
        {{ utc_from_iso_offset('started_at') }} as started_at,
        {{ utc_from_iso_offset('landed_at') }} as landed_at,
        ingest_date
    from source

)

select * from renamed
{% if var('as_of') -%}
where landed_at <= {{ utc_from_iso_offset(sql_text(var('as_of'))) }}
{%- endif %}
