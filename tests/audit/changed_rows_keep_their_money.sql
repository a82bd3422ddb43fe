-- A row that is written on its own keeps its amount, stated balance, account and currency wherever it goes; where other
-- code evaluates it, amount and balance are those of the delivered text.
with

written as (

    select
        publication_id,
        file_id,
        row_number,
        account_id,
        amount,
        balance_after,
        currency
    from {{ ref('accepted_rows') }}
    union all
    select
        publication_id,
        file_id,
        row_number,
        account_id,
        amount,
        balance_after,
        currency
    from {{ ref('set_aside_rows') }}

),

before as (

    select
        file_id,
        row_number,
        account_id,
        amount,
        balance_after,
        currency
    from {{ ref('int_audited_earlier_rows') }}
    union all
    select
        file_id,
        row_number,
        account_id,
        amount,
        balance_after,
        currency
    from {{ ref('earlier_set_aside_rows') }}

)

select
    changes.file_id,
    changes.row_number,
    before.amount as amount_before,
    before.balance_after as balance_before,
    written.amount,
    written.balance_after
from {{ ref('row_changes') }} as changes
left join written
    on {{ same(['publication_id', 'file_id', 'row_number'], 'changes', 'written') }}
left join before
    on {{ same(['file_id', 'row_number'], 'changes', 'before') }}
left join {{ ref('int_claims') }} as claims
    on {{ same(['publication_id', 'file_id', 'row_number'], 'changes', 'claims') }}
where changes.publication_id = {{ publication_id() }}
    and (
        written.file_id is not null
        and case
            when claims.file_id is not null
                then
                    written.amount is not distinct from claims.delivered_amount
                    and written.balance_after is not distinct from claims.delivered_balance
            else
                written.amount is not distinct from before.amount
                and written.balance_after is not distinct from before.balance_after
                and written.account_id is not distinct from before.account_id
                and written.currency is not distinct from before.currency
        end
    ) is distinct from true
