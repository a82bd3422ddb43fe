-- Why a closed month was restated: the entries that the close did not know or that are no longer there, with file and
-- line, and what is left of the difference beyond them. An entry that was evaluated again and is the same is no cause.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set place = ['file_id', 'row_number', 'line_number', 'transaction_id', 'booking_date'] %}
{%- set content = place + ['amount', 'balance_after'] %}
with

entries as (

    select
        restatements.{{ account_month | join(', restatements.') }},
        entries.{{ content | join(', entries.') }},
        bool_or(entries.replaced_by_number is null) as is_known,
        bool_or(
            entries.publication_number <= closed_months.closed_on_number
            and (entries.replaced_by_number is null or entries.replaced_by_number > closed_months.closed_on_number)
        ) as was_known
    from {{ ref('restatements') }} as restatements
    inner join {{ ref('closed_months') }} as closed_months
        on restatements.month = closed_months.month
    inner join {{ ref('ledger_entry_versions') }} as entries
        on {{ same(account, 'restatements', 'entries') }}
            and restatements.month >= entries.booking_month
    group by restatements.{{ account_month | join(', restatements.') }}, entries.{{ content | join(', entries.') }}

),

-- One row per restatement and changed entry; one for a restatement without any.
changes as (

    select
        restatements.{{ account_month | join(', restatements.') }},
        restatements.difference,
        entries.file_id,
        entries.row_number,
        entries.line_number,
        entries.transaction_id,
        entries.booking_date,
        entries.is_known,
        case when entries.is_known then entries.amount else -entries.amount end as amount,
        row_number() over (
            partition by restatements.{{ account_month | join(', restatements.') }}
            order by entries.file_id, entries.row_number, entries.is_known
        ) as place
    from {{ ref('restatements') }} as restatements
    left join entries
        on {{ same(account_month, 'restatements', 'entries') }}
            and entries.is_known <> entries.was_known

),

summed as (

    select
        *,
        difference - coalesce(sum(amount) over (partition by {{ account_month | join(', ') }}), 0) as amount_beyond
    from changes

),

parts as (

    select true as is_entry
    union all
    select false as is_entry

)

-- What is left of a restatement is told once, beside its first entry.
select
    summed.{{ account_month | join(', summed.') }},
    cast(
        case
            when not parts.is_entry then 'beyond entries'
            when summed.is_known then 'entry'
            else 'entry taken back'
        end as varchar
    ) as cause,
    {% for column in place -%}
    case when parts.is_entry then summed.{{ column }} end as {{ column }},
    {% endfor -%}
    case when parts.is_entry then summed.amount else summed.amount_beyond end as amount
from summed
inner join parts
    on case when parts.is_entry then summed.file_id is not null else summed.place = 1 and summed.amount_beyond <> 0 end
