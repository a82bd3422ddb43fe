with

held as (

    select * from {{ ref('run_reconciliation') }} where verdict = 'held'

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
    failure,
    held_behind,
    'run ' || run_id || ' (file ' || file_name || ') is held: '
    || case
        when failure like 'quarantine rate:%'
            then failure || '; look at its rows in int_entries_classified, then release or withdraw it in seeds/run_decisions.csv'
        when failure is not null
            then failure || '; run loader verify, land the file again if a part is gone, or withdraw the run in seeds/run_decisions.csv'
        else 'it waits behind run ' || held_behind || ' of the same feed'
    end as message
from held
