-- The balances that published files state beside their entries.
select
    stated.feed,
    stated.account_id,
    stated.currency,
    stated.day,
    stated.balance,
    stated.kind,
    stated.file_opening,
    stated.file_movement,
    stated.file_id,
    files.file_name,
    stated.row_number,
    stated.publication_id
from {{ ref('stated_balances') }} as stated
inner join {{ ref('published_files') }} as files
    on stated.publication_id = files.publication_id
        and stated.file_id = files.file_id
        and files.replaced_by_number is null
