with

judgements as (
    {{ published_rows() }}
)

select
    feed,
    business_key,
    origin_run_id,
    origin_row_number,
    line_number,
    run_id,
    row_number,
    known_at,
    decision,
    attempt_count,
    status,
    rejection_reasons,
    rejection_details
from judgements
where run_id <> origin_run_id
