-- The decisions that earlier publications took into account.
select decisions.*
from {{ earlier('decisions') }} as decisions
inner join {{ ref('earlier_publications') }} as publications
    on decisions.publication_id = publications.publication_id
