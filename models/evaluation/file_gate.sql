-- Whether each file may be published. Every comparison is written so that a missing figure fails: a gate that cannot
-- decide stays shut.
with

found as (

    select
        files.*,
        feeds.evaluation_hash = feeds.previous_evaluation_hash as is_evaluated_alike,
        case
            when files.waits_behind is null and not files.fits_contract
                then 'contract: its parts hold the columns '
                    || files.contract_columns
                    || ', which are not the first ones of the contract'
            when not files.is_read then null
            when
                not coalesce(
                    files.rows_delivered = files.rows_landed + files.rows_malformed + files.rows_erased
                    and files.rows_malformed = figures.malformed_found
                    and files.rows_landed = figures.rows_evaluated,
                    false
                )
                then 'counts: the manifest states '
                    || {{ figure('files.rows_delivered') }}
                    || ' rows, '
                    || {{ figure('files.rows_malformed') }}
                    || ' of them malformed; found '
                    || {{ figure('figures.rows_evaluated') }}
                    || ' and '
                    || {{ figure('figures.malformed_found') }}
                    || ' malformed'
            when files.rows_erased > 0 and not files.is_withdrawn
                then 'erased: its rows are gone, and it is not withdrawn'
        end as fault,
        case
            when not files.is_read then null
            when
                files.entry_count is not null
                and not coalesce(files.entry_count = files.rows_delivered - figures.rows_passed_over, false)
                then 'counts: the file states '
                    || {{ figure('files.entry_count') }}
                    || ' entries and has '
                    || {{ figure('files.rows_delivered - figures.rows_passed_over') }}
            when
                not coalesce(
                    figures.rows_refused
                    <= feeds.quarantine_limit * (files.rows_delivered - figures.rows_passed_over),
                    false
                )
                then 'quarantine rate: '
                    || {{ figure('figures.rows_refused') }}
                    || ' of '
                    || {{ figure('files.rows_delivered - figures.rows_passed_over') }}
                    || ' rows refused, limit '
                    || {{ figure('cast(100 * feeds.quarantine_limit as decimal(9, 2))') }}
                    || ' %'
            when figures.codes_over_limit is not null
                then 'code limit: ' || figures.codes_over_limit || ', limit ' || {{ figure('feeds.code_limit') }}
        end as over_limit
    from {{ ref('int_files_to_evaluate') }} as files
    left join {{ ref('int_file_figures') }} as figures
        on files.file_id = figures.file_id
            and figures.publication_id = {{ publication_id() }}
    left join {{ ref('int_feeds') }} as feeds
        on files.feed = feeds.feed
            and feeds.publication_id = {{ publication_id() }}
    where files.publication_id = {{ publication_id() }}

),

-- No decision helps a fault. One can lift or replace the limits.
checked as (

    select
        *,
        case
            when fault is not null then fault
            when not is_read or decision in ('release', 'withdraw') then null
            when decision = 'hold' and not is_published then 'decision: hold'
            -- What is published has passed: limits are asked of it again only where other code evaluates its feed.
            when is_published and is_evaluated_alike then null
            else over_limit
        end as failure
    from found

),

-- A balance over a missing day would be wrong, so what a feed delivers after a held file waits behind it. If a
-- published file is held, nothing passes that is read of its feed: keys go from file to file.
queued as (

    select
        *,
        min(case when failure is not null then delivery_number end) over (partition by feed) as held_from,
        min_by(file_id, case when failure is not null then delivery_number end) over (partition by feed) as held_file,
        max(case when failure is not null and is_published then 1 else 0 end) over (partition by feed)
        = 1 as feed_is_held
    from checked

),

-- What comes after the first held file waits, whatever was found of it. A published file that is not read passes as it
-- was.
placed as (

    select
        *,
        case
            when file_id = held_file then 'held'
            when waits_behind is not null then 'waiting'
            when (is_read or failure is not null) and (feed_is_held or delivery_number > held_from) then 'waiting'
            else 'passed'
        end as verdict
    from queued

)

select
    publication_id,
    file_id,
    feed,
    file_name,
    delivery_number,
    landed_at,
    ingest_date,
    rows_delivered,
    rows_malformed,
    rows_erased,
    decision,
    decided_at,
    is_published,
    is_evaluated_anew,
    is_withdrawn,
    withdrawal_changed,
    is_read,
    case when verdict = 'held' then failure end as failure,
    over_limit,
    case when verdict = 'waiting' then coalesce(waits_behind, held_file) end as waits_behind,
    verdict,
    -- Where counts do not add up a part is lost or changed: the file is looked at again by every build.
    case when failure like 'counts: the manifest%' then null else signature end as signature
from placed
