with

held as (

    select * from {{ ref('run_reconciliation') }}
    where verdict = 'held'

),

advised as (

    select
        *,
        case
            when failed_check in ('quarantine rate', 'code limit')
                then 'look at its rows in int_entries_classified, then decide in seeds/run_decisions.csv'
            when failed_check = 'order'
                then 'decide in seeds/run_decisions.csv; it is known from decided_at on'
            when kind <> 'file'
                then 'put right in seeds/quarantine_decisions.csv what names no refused row'
            else 'its raw parts are not what its manifest says; put them back, their keys and hashes stand there'
        end as advice
    from held

)

select
    run_id,
    feed,
    file_name,
    known_at,
    rows_delivered,
    rows_malformed,
    rows_quarantined,
    quarantine_rate,
    quarantine_limit,
    failed_check,
    failure,
    held_behind,
    'run ' || run_id || ' (file ' || file_name || ') is held: '
    || coalesce(failure || '; ' || advice, 'it waits behind run ' || held_behind || ' of the same feed') as message
from advised
