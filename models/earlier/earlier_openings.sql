-- The opening balances that earlier publications took into account.
select openings.*
from {{ earlier('openings') }} as openings
inner join {{ ref('earlier_publications') }} as publications
    on openings.publication_id = publications.publication_id
