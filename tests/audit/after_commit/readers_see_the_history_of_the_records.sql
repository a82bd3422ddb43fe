-- What readers' views tell of closed months, of the last months, of breaks and of held files is what the records say.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set day_break = [
    'feed', 'account_id', 'currency', 'booking_date', 'kind', 'opening_balance', 'movement', 'closing_balance',
    'break_amount',
] %}
with

as_closed as (

    select
        shown.{{ account_month | join(', shown.') }},
        records.balance,
        records.opening_balance = shown.opening_balance
        and records.movement = shown.movement
        and records.break_amount = shown.break_amount
        and records.balance = shown.balance
        and records.entry_count = shown.entry_count
        and records.is_proven = shown.is_proven as is_recorded
    from {{ ref('month_end_balances_as_closed') }} as shown
    left join {{ ref('month_end_versions') }} as records
        on {{ same(account_month + ['publication_id'], 'shown', 'records') }}

),

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
    cast('month_end_balances_as_closed' as varchar) as relation,
    feed,
    account_id,
    cast(month as varchar) as month
from as_closed
where is_recorded is distinct from true
union all
select
    'month_end_balances_first_reported' as relation,
    shown.feed,
    shown.account_id,
    cast(shown.month as varchar) as month
from {{ ref('month_end_balances_first_reported') }} as shown
left join {{ ref('month_end_versions') }} as records
    on {{ same(account_month + ['publication_id'], 'shown', 'records') }}
where (records.balance = shown.balance and records.movement = shown.movement) is distinct from true
    -- All of them at once are many: the closed months and the last one speak for the others.
    and shown.month in (
        select closed_months.month from {{ ref('closed_months') }} as closed_months
        union all
        select max(reported_months.month) from {{ ref('reported_months') }} as reported_months
    )
union all
select
    'restatements' as relation,
    shown.feed,
    shown.account_id,
    cast(shown.month as varchar) as month
from {{ ref('restatements') }} as shown
left join as_closed
    on {{ same(account_month, 'shown', 'as_closed') }}
left join {{ ref('month_end_balances') }} as balances
    on {{ same(account_month, 'shown', 'balances') }}
where shown.balance_as_closed is distinct from as_closed.balance
    or shown.balance is distinct from balances.balance
    or shown.difference is distinct from coalesce(balances.balance, 0) - coalesce(as_closed.balance, 0)
    or shown.balance is not distinct from shown.balance_as_closed
union all
select
    'restatement_causes' as relation,
    shown.feed,
    shown.account_id,
    cast(shown.month as varchar) as month
from {{ ref('restatements') }} as shown
left join {{ ref('restatement_causes') }} as causes
    on {{ same(account_month, 'shown', 'causes') }}
group by shown.{{ account_month | join(', shown.') }}, shown.difference
having coalesce(sum(causes.amount), 0) <> shown.difference
union all
select
    'month_end_balance_history' as relation,
    history.feed,
    null as account_id,
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
    records.account_id,
    cast(records.month as varchar) as month
from {{ ref('day_breaks') }} as records
inner join {{ ref('publications') }} as publications
    on records.publication_id = publications.publication_id
        and {{ of_last_publication('publications') }}
inner join {{ ref('month_end_balances') }} as balances
    on {{ same(account_month + ['publication_id'], 'records', 'balances') }}
left join {{ ref('balance_breaks') }} as shown
    on {{ same(day_break, 'records', 'shown') }}
where shown.feed is null
union all
select
    'held_files' as relation,
    coalesce(looks.feed, shown.feed) as feed,
    coalesce(looks.file_id, shown.file_id) as account_id,
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
