-- What publications found of files, whatever it was: passed, held or waiting.
{%- set columns = [
    'publication_id', 'file_id', 'feed', 'kind', 'file_name', 'delivery_number', 'landed_at', 'ingest_date',
    'decision', 'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned',
    'rows_duplicate', 'rows_passed_over', 'rows_stated', 'last_booked_on', 'verdict', 'failure', 'waits_behind',
    'signature',
] %}
select
    files.{{ columns | join(', files.') }},
    publications.publication_number,
    row_number() over (partition by files.file_id order by publications.publication_number desc) as recency
from {{ earlier('file_evaluations') }} as files
inner join {{ ref('earlier_publications') }} as publications
    on files.publication_id = publications.publication_id
