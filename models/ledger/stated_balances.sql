-- The balances that published files state beside their entries, written with the whole of their file.
select stated.*
from {{ ref('int_stated_balances') }} as stated
inner join {{ ref('int_file_scopes') }} as scopes
    on {{ same(['publication_id', 'file_id'], 'stated', 'scopes') }}
        and scopes.is_whole
where stated.publication_id = {{ publication_id() }}
