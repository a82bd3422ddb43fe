-- The published rows that are entries, read from the records for the audits alone: what models/earlier leaves out or
-- changes is to be seen.
{%- set publications = ref('earlier_publications') %}
{%- set columns = [
    'publication_id', 'file_id', 'row_number', 'feed', 'business_key', 'account_id', 'currency', 'booking_month',
    'booking_date', 'amount', 'balance_after',
] %}
with

files as (

    select
        evaluations.publication_id,
        evaluations.file_id,
        publications.publication_number,
        max(case when evaluations.kind = 'file' then publications.publication_number end) over (
            partition by evaluations.file_id
        ) as whole_number
    from {{ earlier('file_evaluations') }} as evaluations
    inner join {{ publications }} as publications
        on evaluations.publication_id = publications.publication_id
    where evaluations.verdict = 'passed'

),

changes as (

    select
        changes.file_id,
        changes.row_number,
        max(publications.publication_number) as publication_number
    from {{ earlier('row_changes') }} as changes
    inner join {{ publications }} as publications
        on changes.publication_id = publications.publication_id
    group by changes.file_id, changes.row_number

)

select entries.{{ columns | join(', entries.') }}
from {{ earlier('accepted_rows') }} as entries
inner join files
    on {{ same(['publication_id', 'file_id'], 'entries', 'files') }}
        and files.publication_number >= files.whole_number
left join changes
    on {{ same(['file_id', 'row_number'], 'entries', 'changes') }}
        and files.publication_number < changes.publication_number
where changes.file_id is null
