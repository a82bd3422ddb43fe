with

-- Deliveries are numbered without a gap. A listing that is not atomic may show a file and not yet the one before: what
-- comes after a missing number waits for the next build.
source as (

    select *
    from (
        select
            *,
            row_number() over (partition by feed order by delivery_number) as place
        from {{ source('raw', 'files') }}
    ) as numbered
    where delivery_number = place

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
