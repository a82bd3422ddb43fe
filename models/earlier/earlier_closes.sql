-- The closes and reopenings that earlier publications took into account.
select closes.*
from {{ earlier('closes') }} as closes
inner join {{ ref('earlier_publications') }} as publications
    on closes.publication_id = publications.publication_id
