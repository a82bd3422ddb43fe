-- What readers' views tell of the last months, of breaks and of held files is what the records say.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

history as (

    select
        feed,
        currency,
        month,
        count(balance) as row_count,
        sum(balance) as balance
    from {{ ref('month_end_balance_history') }}
    group by feed, currency, month

),

balances as (

    select
        feed,
        currency,
        substr(cast(month as varchar), 1, 7) as month,
        count(*) as row_count,
        sum(balance) as balance
    from {{ ref('month_end_balances') }}
    group by feed, currency, month

),

looks as (

    select
        files.*,
        row_number() over (partition by files.file_id order by publications.publication_number desc) as recency
    from {{ ref('file_evaluations') }} as files
    inner join {{ ref('publications') }} as publications
        on files.publication_id = publications.publication_id

)

select
    cast('month_end_balance_history' as varchar) as relation,
    history.feed,
    cast(null as varchar) as place,
    history.month
from history
left join balances
    on {{ same(['feed', 'currency', 'month'], 'history', 'balances') }}
where history.row_count <> coalesce(balances.row_count, 0)
    or history.balance is distinct from balances.balance
union all
select
    'balance_breaks' as relation,
    records.feed,
    records.account_id as place,
    cast(records.month as varchar) as month
from {{ ref('day_breaks') }} as records
inner join {{ ref('publications') }} as publications
    on records.publication_id = publications.publication_id
        and {{ of_last_publication('publications') }}
inner join {{ ref('month_end_balances') }} as balances
    on {{ same(account_month + ['publication_id'], 'records', 'balances') }}
left join {{ ref('balance_breaks') }} as shown
    on {{ same(['feed', 'account_id', 'currency', 'booking_date', 'kind', 'opening_balance', 'movement', 'closing_balance', 'break_amount'], 'records', 'shown') }}
where shown.feed is null
union all
select
    'held_files' as relation,
    coalesce(looks.feed, shown.feed) as feed,
    coalesce(looks.file_id, shown.file_id) as place,
    null as month
from (
    select * from looks
    where recency = 1
        and verdict <> 'passed'
) as looks
full outer join {{ ref('held_files') }} as shown
    on looks.file_id = shown.file_id
where looks.file_id is null
    or shown.file_id is null
