with

-- Deliveries are numbered without a gap. A listing that is not atomic may show a file and not yet the one before: what
-- comes after a missing number waits for the next build. Of a file that was read again its last reading counts.
source as (

    select *
    from (
        select
            *,
            dense_rank() over (partition by feed order by delivery_number) as place,
            row_number() over (partition by feed, file_id order by coalesce(reading, 1) desc) as recency
        from {{ source('raw', 'files') }}
    ) as numbered
    where delivery_number = place
        and recency = 1

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
        -- Of a file that was erased nothing is there, whatever landed.
        case when erased_at is null then rows_landed else 0 end as rows_landed,
        case when erased_at is null then rows_malformed else 0 end as rows_malformed,
        case when erased_at is null then 0 else rows_delivered end as rows_erased,
        contract_version,
        columns as contract_columns,
        -- Parts are read by position: their columns must be the beginning of today's.
        coalesce(strpos({{ contract_columns('feed') }} || ',', columns || ',') = 1, false) as fits_contract,
        coalesce(reading, 1) as reading,
        loader_version,
        {{ utc_from_iso_offset('started_at') }} as started_at,
        {{ utc_from_iso_offset('landed_at') }} as landed_at,
        {{ utc_from_iso_offset('relanded_at') }} as relanded_at,
        {{ utc_from_iso_offset('erased_at') }} as erased_at,
        ingest_date,
        cast(opening_balance as decimal(38, 4)) as opening_balance,
        cast(closing_balance as decimal(38, 4)) as closing_balance,
        cast(closing_date as date) as closing_date,
        cast(period_end as date) as period_end,
        entry_count
    from source

)

select * from renamed
{% if var('as_of') -%}
where landed_at <= {{ utc_from_iso_offset(sql_text(var('as_of'))) }}
{%- endif %}
