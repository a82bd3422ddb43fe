-- The files that this build looks at: pending ones, and published ones that are to be evaluated again as a whole
-- because other code evaluates their feed now, because they were withdrawn or erased (or are no more) or read again,
-- or because their counts did not add up. A held file about which nothing has changed is not read again, and what
-- comes after it waits. A published file that was held when code had changed, and need not be evaluated again any
-- more, passes as it was and is not read either. A file whose parts do not fit the contract is not read.
with

files as (
    select * from {{ ref('stg_files') }}
),

feeds as (
    {{ rows_of(ref('int_feeds')) }}
),

signatures as (
    {{ rows_of(ref('int_feed_signatures')) }}
),

published as (

    select
        earlier.file_id,
        earlier.decision,
        earlier.ingest_date,
        {{ is_erased('earlier') }} as is_erased
    from {{ ref('earlier_files') }} as earlier
    where earlier.publication_number = earlier.whole_number

),

last_looks as (

    select * from {{ ref('earlier_looks') }}
    where recency = 1

),

decisions as (

    select
        file_id,
        max_by(decision, decided_at_utc) as decision,
        max(decided_at_utc) as decided_at
    from {{ ref('stg_decisions') }}
    where seed = 'file_decisions'
    group by file_id

),

-- Decisions on rows of reference data have their file evaluated again: its accepted rows keep no keys.
rows_decided as (

    select distinct file_id from {{ ref('int_row_decisions') }}
    where publication_id = {{ publication_id() }}
        and is_new

),

looked_at as (

    select
        files.*,
        -- A feed is read as a whole only if all of its parts can be read.
        feeds.is_evaluated_anew
        and max(case when not files.fits_contract then 1 else 0 end) over (partition by files.feed) = 0
            as is_evaluated_anew,
        decisions.decision,
        decisions.decided_at,
        published.file_id is not null as is_published,
        last_looks.verdict as last_verdict,
        last_looks.verdict <> 'passed' and last_looks.signature is null as counts_failed,
        published.file_id is not null
        and (
            (coalesce(published.decision, '') = 'withdraw') <> (coalesce(decisions.decision, '') = 'withdraw')
            or published.ingest_date is distinct from files.ingest_date
            or published.is_erased <> coalesce(files.rows_erased > 0, false)
        ) as withdrawal_changed,
        feeds.kind = 'reference' and rows_decided.file_id is not null as has_rows_decided,
        signatures.signature,
        -- A full refresh reads held files again, too, and a new reading has not been looked at yet.
        {{ 'cast(null as varchar)' if flags.FULL_REFRESH
            else 'case when coalesce(last_looks.ingest_date = files.ingest_date, true) then last_looks.signature end' }} as last_signature
    from files
    inner join feeds
        on files.feed = feeds.feed
    inner join signatures
        on files.feed = signatures.feed
    left join decisions
        on files.file_id = decisions.file_id
    left join published
        on files.file_id = published.file_id
    left join last_looks
        on files.file_id = last_looks.file_id
    left join rows_decided
        on files.file_id = rows_decided.file_id

),

-- The first file of a feed that is still held, if any. A feed whose code has changed is evaluated as a whole or not at
-- all.
queued as (

    select
        *,
        min_by(file_id, case when last_verdict = 'held' and last_signature = signature then delivery_number end)
            over (partition by feed)
            as blocked_by,
        min(case when last_verdict = 'held' and last_signature = signature then delivery_number end)
            over (partition by feed)
            as blocked_from,
        max(landed_at) over (partition by feed order by delivery_number) as queued_at
    from looked_at

),

blocked as (

    select
        *,
        blocked_by is not null and (is_evaluated_anew or delivery_number >= blocked_from) as is_blocked
    from queued

),

due as (

    select
        *,
        not is_blocked
        and (not is_published or is_evaluated_anew or withdrawal_changed or has_rows_decided or counts_failed)
            as is_due
    from blocked

),

placed as (

    select
        *,
        row_number() over (partition by is_due and not is_published order by queued_at, feed, delivery_number) as place
    from due

)

select
    {{ publication_id() }} as publication_id,
    file_id,
    feed,
    file_name,
    delivery_number,
    landed_at,
    ingest_date,
    rows_delivered,
    rows_landed,
    rows_malformed,
    rows_erased,
    entry_count,
    decision,
    decided_at,
    is_published,
    is_evaluated_anew,
    coalesce(decision, '') = 'withdraw' as is_withdrawn,
    withdrawal_changed,
    is_due and coalesce(fits_contract, true) as is_read,
    fits_contract,
    contract_columns,
    case when is_blocked then blocked_by end as waits_behind,
    signature
from placed
where
    case
        when is_due then is_published or is_evaluated_anew or place <= {{ var('max_files') }}
        -- A file that comes after a held one is recorded as waiting, once.
        when is_blocked
            then not is_published and blocked_by <> file_id and coalesce(last_verdict, '') not in ('held', 'waiting')
        else last_verdict <> 'passed'
    end
