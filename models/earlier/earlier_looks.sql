-- What publications found of files, whatever it was: passed, held or waiting.
select
    files.*,
    publications.publication_number,
    row_number() over (partition by files.file_id order by publications.publication_number desc) as recency
from {{ earlier('file_evaluations') }} as files
inner join {{ ref('earlier_publications') }} as publications
    on files.publication_id = publications.publication_id
