-- The balances that the files of the last publication state are shown as the record has them.
{{ config(tags=['after_commit']) }}
{%- set columns = ['file_id', 'kind', 'balance'] %}
with

recorded as (

    select stated.{{ columns | join(', stated.') }}, count(*) as row_count, count(stated.day) as day_count
    from {{ ref('stated_balances') }} as stated
    inner join {{ ref('file_reconciliation') }} as files
        on stated.file_id = files.file_id
            and stated.publication_id = files.publication_id
    where {{ of_last_publication('stated') }}
    group by stated.{{ columns | join(', stated.') }}

),

shown as (

    select shown.{{ columns | join(', shown.') }}, count(*) as row_count, count(shown.day) as day_count
    from {{ ref('bank_balances') }} as shown
    where {{ of_last_publication('shown') }}
    group by shown.{{ columns | join(', shown.') }}

)

select
    coalesce(recorded.file_id, shown.file_id) as file_id,
    coalesce(recorded.kind, shown.kind) as kind,
    recorded.balance as balance_recorded,
    shown.balance as balance_shown
from recorded
full outer join shown
    on {{ same(columns, 'recorded', 'shown') }}
where (recorded.row_count = shown.row_count and recorded.day_count = shown.day_count) is distinct from true
