-- What a file's amounts, and the balances that it states, add up to as delivered is what was written, by currency.
select *
from {{ ref('file_money') }}
where publication_id = {{ publication_id() }}
    and (
        amount_delivered = amount_accepted + amount_set_aside
        and balances_delivered = balances_accepted + balances_set_aside
    ) is distinct from true
