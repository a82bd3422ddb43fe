-- The certificates of the months that are closed now.
select
    certificates.month,
    certificates.closed_at,
    certificates.closed_by,
    closed_months.closed_on_number,
    certificates.is_provisional,
    certificates.version,
    certificates.published_at,
    certificates.file_count,
    certificates.rows_delivered,
    certificates.rows_malformed,
    certificates.rows_accepted,
    certificates.rows_quarantined,
    certificates.rows_condemned,
    certificates.rows_duplicate,
    certificates.rows_passed_over,
    certificates.files_held,
    certificates.files_pending,
    certificates.account_count,
    certificates.unproven_count,
    certificates.computed_count,
    certificates.break_count,
    certificates.openings_restated,
    certificates.gap_count,
    certificates.restatement_count,
    certificates.feeds_not_reached,
    certificates.money,
    certificates.inputs_sha256,
    certificates.balances_sha256,
    certificates.verdict,
    certificates.reasons,
    certificates.publication_id
from {{ ref('close_certificate_versions') }} as certificates
inner join {{ ref('closed_months') }} as closed_months
    on {{ same(['month', 'closed_at'], 'certificates', 'closed_months') }}
where certificates.superseded_by_number is null
