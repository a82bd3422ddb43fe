-- The published rows with what their keys are compared by, wherever they are.
select
    feed,
    file_id,
    row_number,
    business_key,
    row_hash,
    ingest_date,
    cast('accepted' as varchar) as status,
    false as breaks_rules,
    cast(null as varchar) as key_code,
    cast(null as bigint) as attempt_count,
    cast(null as varchar) as decision,
    cast(null as timestamp(6)) as decided_at,
    false as has_failed_before,
    false as is_passed_over
from {{ ref('earlier_accepted_rows') }}
union all
select
    feed,
    file_id,
    row_number,
    business_key,
    row_hash,
    ingest_date,
    status,
    breaks_rules,
    key_code,
    attempt_count,
    decision,
    decided_at,
    has_failed_before,
    status = 'passed_over' as is_passed_over
from {{ ref('earlier_set_aside_rows') }}
