-- The entries that were accepted. A row is visible from its publication on, until a later one writes its file or the
-- row again.
select
    {{ publication_id() }} as publication_id,
    evaluated.file_id,
    evaluated.row_number,
    evaluated.line_number,
    evaluated.feed,
    evaluated.business_key,
    evaluated.transaction_id,
    evaluated.account_id,
    evaluated.amount,
    evaluated.currency,
    evaluated.booked_at,
    evaluated.booking_date,
    {{ month_of('evaluated.booking_date') }} as booking_month,
    evaluated.balance_after,
    evaluated.row_hash,
    evaluated.ingest_date,
    evaluated.landed_at
from {{ ref('int_written_rows') }} as evaluated
inner join {{ ref('int_feeds') }} as feeds
    on evaluated.feed = feeds.feed
        and feeds.publication_id = {{ publication_id() }}
        and feeds.kind = 'entries'
where {{ of_files(files_to_write(), 'evaluated') }}
    and evaluated.status = 'accepted'
