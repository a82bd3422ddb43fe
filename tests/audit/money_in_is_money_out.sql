-- What a file's rows add up to as they were delivered is what was written of them, by currency.
select *
from {{ ref('file_money') }}
where publication_id = {{ publication_id() }}
    and (amount_delivered = amount_accepted + amount_set_aside) is distinct from true
