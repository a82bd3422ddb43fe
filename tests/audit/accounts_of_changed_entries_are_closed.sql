-- Every entry that this build lets in or takes out is of an account that is closed again from the entry's month or an
-- earlier one. Accounts are known of the last build only, which `dbt test` may find not to be the last publication.
{%- set account = ['feed', 'account_id', 'currency'] %}
with

taken_out as (

    select entries.*
    from {{ ref('int_audited_earlier_rows') }} as entries
    inner join {{ ref('row_changes') }} as changes
        on {{ same(['file_id', 'row_number'], 'entries', 'changes') }}
            and changes.publication_id = {{ publication_id() }}
    union all
    select entries.*
    from {{ ref('int_audited_earlier_rows') }} as entries
    where entries.file_id in (select files.file_id from {{ ref('int_files_replaced') }} as files)

),

changed_entries as (

    select file_id, row_number, {{ account | join(', ') }}, booking_month from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
    union all
    select file_id, row_number, {{ account | join(', ') }}, booking_month from taken_out

)

select
    entries.file_id,
    entries.row_number,
    entries.{{ account | join(', entries.') }},
    entries.booking_month,
    touched.first_month
from changed_entries as entries
left join {{ ref('int_touched_accounts') }} as touched
    on {{ same(account, 'entries', 'touched') }}
        and touched.publication_id = {{ publication_id() }}
where (touched.first_month <= entries.booking_month) is distinct from true
    and exists (
        select 1 from {{ ref('int_this_build') }} as this_build
        where this_build.publication_id = {{ publication_id() }}
    )
