-- What a file states of its opening and closing balance outside its rows is recorded with the file.
with

recorded as (

    select
        file_id,
        sum(case when kind = 'opening_balance' then balance end) as opening_balance,
        sum(case when kind = 'closing_balance' then balance end) as closing_balance
    from {{ ref('stated_balances') }}
    where publication_id = {{ publication_id() }}
        and row_number is null
    group by file_id

)

select
    files.file_id,
    files.opening_balance,
    files.closing_balance
from {{ ref('stg_files') }} as files
inner join {{ ref('file_evaluations') }} as evaluations
    on files.file_id = evaluations.file_id
        and evaluations.kind = 'file'
        and evaluations.verdict = 'passed'
        and evaluations.decision is distinct from 'withdraw'
        and evaluations.publication_id = {{ publication_id() }}
left join recorded
    on files.file_id = recorded.file_id
where files.opening_balance is distinct from recorded.opening_balance
    or files.closing_balance is distinct from recorded.closing_balance
