with

runs as (

    select * from {{ ref('stg_runs') }}

)

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
    contract_columns,
    loader_version,
    started_at,
    known_at,
    ingest_date
from runs
{% if is_incremental() and not flags.FULL_REFRESH -%}
where run_id not in (select run_id from {{ this }})
{% endif %}
