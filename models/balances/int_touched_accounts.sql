-- The accounts of the entries that this build lets in or takes out, and the first month of such an entry.
{%- set account = ['feed', 'account_id', 'currency'] %}
with

changed_entries as (

    select
        {{ account | join(', ') }},
        booking_month
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
    union all
    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month
    from {{ ref('earlier_accepted_rows') }} as entries
    inner join {{ ref('int_files_replaced') }} as files
        on entries.file_id = files.file_id
    union all
    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month
    from {{ ref('earlier_accepted_rows') }} as entries
    inner join {{ ref('row_changes') }} as changes
        on entries.file_id = changes.file_id
            and entries.row_number = changes.row_number
            and changes.publication_id = {{ publication_id() }}

)

select
    {{ publication_id() }} as publication_id,
    {{ account | join(', ') }},
    min(booking_month) as first_month
from changed_entries
group by {{ account | join(', ') }}
