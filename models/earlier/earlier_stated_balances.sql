-- The balances that published files state beside their entries.
select stated.*
from {{ earlier('stated_balances') }} as stated
inner join {{ ref('earlier_files') }} as files
    on stated.publication_id = files.publication_id
        and stated.file_id = files.file_id
