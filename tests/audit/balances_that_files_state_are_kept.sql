-- What a file states of its opening and closing balance outside its rows is recorded with the file, turned where a
-- positive balance is owed.
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

),

stated as (

    select
        files.file_id,
        case when feeds.positive = 'out' then -1 else 1 end * files.opening_balance as opening_balance,
        case when feeds.positive = 'out' then -1 else 1 end * files.closing_balance as closing_balance
    from {{ ref('stg_files') }} as files
    inner join {{ ref('file_evaluations') }} as evaluations
        on files.file_id = evaluations.file_id
            and evaluations.kind = 'file'
            and evaluations.verdict = 'passed'
            and evaluations.decision is distinct from 'withdraw'
            and evaluations.publication_id = {{ publication_id() }}
    inner join {{ ref('int_feeds') }} as feeds
        on files.feed = feeds.feed
            and feeds.publication_id = {{ publication_id() }}

)

select
    stated.file_id,
    stated.opening_balance,
    stated.closing_balance
from stated
left join recorded
    on stated.file_id = recorded.file_id
where stated.opening_balance is distinct from recorded.opening_balance
    or stated.closing_balance is distinct from recorded.closing_balance
