-- Reference data: what each delivery says of an account.
{%- set files = files_to_write() | selectattr(0, 'equalto', 'accounts') | list %}
select
    {{ publication_id() }} as publication_id,
    evaluated.file_id,
    evaluated.row_number,
    evaluated.line_number,
    accounts.account_id,
    accounts.currency,
    accounts.opened_on,
    accounts.closed_on,
    cast(accounts.status as varchar) as status,
    evaluated.landed_at,
    evaluated.row_hash,
    evaluated.ingest_date
from {{ ref('int_written_rows') }} as evaluated
inner join {{ ref('stg_accounts') }} as accounts
    on evaluated.file_id = accounts.file_id
        and evaluated.row_number = accounts.row_number
where {{ of_files(files, 'evaluated') }}
    and evaluated.status = 'accepted'
    and {{ of_files(files, 'accounts') }}
