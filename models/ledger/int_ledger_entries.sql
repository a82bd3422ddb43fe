-- The ledger as it stands if this build publishes: the entries that it wrote, and the published ones that it does not
-- replace.
{%- set columns = [
    'file_id', 'row_number', 'feed', 'account_id', 'currency', 'booking_month', 'booking_date', 'transaction_id',
    'amount', 'balance_after',
] %}
select
    {{ columns | join(', ') }}
from {{ ref('accepted_rows') }}
where publication_id = {{ publication_id() }}
union all
select
    entries.{{ columns | join(', entries.') }}
from {{ ref('earlier_accepted_rows') }} as entries
left join {{ ref('row_changes') }} as changes
    on entries.file_id = changes.file_id
        and entries.row_number = changes.row_number
        and changes.publication_id = {{ publication_id() }}
where changes.file_id is null
    and entries.file_id not in (select files.file_id from {{ ref('int_files_replaced') }} as files)
