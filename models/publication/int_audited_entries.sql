-- The accepted rows as they stand if this build publishes, for the audits alone: models of balances read
-- int_ledger_entries, and what they leave out is to be seen.
{%- set columns = ['feed', 'account_id', 'currency', 'booking_month', 'booking_date', 'amount', 'balance_after'] %}
select {{ columns | join(', ') }}
from {{ ref('accepted_rows') }}
where publication_id = {{ publication_id() }}
union all
select entries.{{ columns | join(', entries.') }}
from {{ ref('int_audited_earlier_rows') }} as entries
where not exists (
        select 1 from {{ ref('row_changes') }} as changes
        where changes.publication_id = {{ publication_id() }}
            and {{ same(['file_id', 'row_number'], 'changes', 'entries') }}
    )
    and not exists (
        select 1 from {{ ref('int_file_scopes') }} as files
        where files.publication_id = {{ publication_id() }}
            and files.is_whole
            and files.is_published
            and files.file_id = entries.file_id
    )
