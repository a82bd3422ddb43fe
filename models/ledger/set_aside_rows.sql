-- The rows that were set aside (quarantined, condemned, duplicate), with all reasons and their delivered text. Where no
-- row of this build is, nothing is read.
-- depends_on: {{ ref('int_file_scopes') }}
{%- set found = ask(
    'select 1 from ' ~ ref('int_claims') ~ ' where breaks_rules and publication_id = ' ~ publication_id()
    ~ ' union all select 1 from ' ~ ref('int_row_outcomes') ~ ' where status <> \'accepted\' and publication_id = ' ~ publication_id()
    ~ ' union all select 1 from ' ~ ref('file_gate') ~ ' where is_withdrawn and publication_id = ' ~ publication_id() ~ ' limit 1',
    ref('int_row_outcomes')
) %}
select
    {{ publication_id() }} as publication_id,
    file_id,
    row_number,
    line_number,
    feed,
    business_key,
    transaction_id,
    account_id,
    amount,
    currency,
    booked_at,
    booking_date,
    balance_after,
    row_hash,
    ingest_date,
    landed_at,
    cast(status as varchar) as status,
    reasons as rejection_reasons,
    rejection_details,
    raw_record,
    extra_fields,
    breaks_rules,
    cast(key_code as varchar) as key_code,
    has_failed_before,
    cast(attempt_count as bigint) as attempt_count,
    cast(decision as varchar) as decision,
    decided_at
from {{ ref('int_written_rows') }} as evaluated
where {{ of_files(files_to_write() if found else [], 'evaluated') }}
    and status <> 'accepted'
