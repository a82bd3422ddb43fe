-- Why a closed month was restated: the entries that the close did not know or that are no longer there, with file and
-- line, and what is left of the difference beyond them. An entry that was evaluated again and is the same is no cause.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set content = [
    'file_id', 'row_number', 'line_number', 'transaction_id', 'booking_date', 'amount', 'balance_after',
] %}
with

known as (

    select
        restatements.{{ account_month | join(', restatements.') }},
        entries.{{ content | join(', entries.') }},
        bool_or(
            entries.publication_number <= closed_months.closed_on_number
            and (entries.replaced_by_number is null or entries.replaced_by_number > closed_months.closed_on_number)
        ) as was_known,
        bool_or(entries.replaced_by_number is null) as is_known
    from {{ ref('restatements') }} as restatements
    inner join {{ ref('closed_months') }} as closed_months
        on restatements.month = closed_months.month
    inner join {{ ref('ledger_entry_versions') }} as entries
        on {{ same(account, 'restatements', 'entries') }}
            and restatements.month >= entries.booking_month
    group by restatements.{{ account_month | join(', restatements.') }}, entries.{{ content | join(', entries.') }}

),

entries as (

    select
        {{ account_month | join(', ') }},
        cast(case when is_known then 'entry' else 'entry taken back' end as varchar) as cause,
        file_id,
        row_number,
        line_number,
        transaction_id,
        booking_date,
        case when is_known then amount else -amount end as amount
    from known
    where is_known <> was_known

),

beyond_entries as (

    select
        restatements.{{ account_month | join(', restatements.') }},
        restatements.difference - coalesce(sum(entries.amount), 0) as amount
    from {{ ref('restatements') }} as restatements
    left join entries
        on {{ same(account_month, 'restatements', 'entries') }}
    group by restatements.{{ account_month | join(', restatements.') }}, restatements.difference

)

select * from entries
union all
select
    {{ account_month | join(', ') }},
    'beyond entries' as cause,
    cast(null as varchar) as file_id,
    cast(null as bigint) as row_number,
    cast(null as bigint) as line_number,
    cast(null as varchar) as transaction_id,
    cast(null as date) as booking_date,
    amount
from beyond_entries
where amount <> 0
