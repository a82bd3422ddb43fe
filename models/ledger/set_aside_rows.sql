-- The rows that were set aside (quarantined, condemned, duplicate, passed over), with all reasons and their delivered
-- text. Where no row of this build is, nothing is read.
-- depends_on: {{ ref('int_file_scopes') }}
{%- set found = ask(
    'select 1 from ' ~ ref('int_claims')
    ~ ' where (breaks_rules or is_passed_over) and publication_id = ' ~ publication_id()
    ~ ' union all select 1 from ' ~ ref('int_row_outcomes')
    ~ ' where status <> \'accepted\' and publication_id = ' ~ publication_id()
    ~ ' union all select 1 from ' ~ ref('file_gate')
    ~ ' where is_withdrawn and publication_id = ' ~ publication_id() ~ ' limit 1',
    ref('int_row_outcomes')
) %}
select
    {{ publication_id() }} as publication_id,
    evaluated.file_id,
    evaluated.row_number,
    evaluated.line_number,
    evaluated.feed,
    evaluated.business_key,
    evaluated.transaction_id,
    evaluated.account_id,
    evaluated.amount,
    evaluated.currency,
    evaluated.booked_at,
    evaluated.booking_date,
    evaluated.balance_after,
    evaluated.row_hash,
    evaluated.ingest_date,
    evaluated.landed_at,
    cast(evaluated.status as varchar) as status,
    evaluated.reasons as rejection_reasons,
    evaluated.rejection_details,
    evaluated.raw_record,
    evaluated.extra_fields,
    evaluated.breaks_rules,
    cast(evaluated.key_code as varchar) as key_code,
    evaluated.has_failed_before,
    cast(evaluated.attempt_count as bigint) as attempt_count,
    cast(evaluated.decision as varchar) as decision,
    evaluated.decided_at
from {{ ref('int_written_rows') }} as evaluated
where {{ of_files(files_to_write() if found else [], 'evaluated') }}
    and evaluated.status <> 'accepted'
