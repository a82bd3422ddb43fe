-- Each account that the last published delivery of accounts names is shown as that delivery describes it.
{{ config(tags=['after_commit']) }}
with

records as (

    select
        records.*,
        dense_rank() over (order by files.delivery_number desc) as recency
    from {{ ref('account_records') }} as records
    inner join {{ ref('published_files') }} as files
        on {{ same(['publication_id', 'file_id'], 'records', 'files') }}
            and files.replaced_by_number is null

)

select records.account_id
from records
left join {{ ref('accounts') }} as shown
    on records.account_id = shown.account_id
where records.recency = 1
    and (
        records.currency is not distinct from shown.currency
        and records.opened_on is not distinct from shown.opened_on
        and records.closed_on is not distinct from shown.closed_on
        and records.status is not distinct from shown.status
        and records.file_id = shown.file_id
    ) is distinct from true
union all
select account_id from {{ ref('accounts') }}
group by account_id
having count(*) > 1
