-- The files that the last look at them held, and those that wait behind one, with what to do.
with

looks as (

    select
        files.*,
        -- A feed of which nothing is published can still be read in another way.
        max(case when files.verdict = 'passed' then 1 else 0 end) over (partition by files.feed) = 0 as is_new_feed,
        row_number() over (partition by files.file_id order by publications.publication_number desc) as recency
    from {{ ref('file_evaluations') }} as files
    inner join {{ ref('publications') }} as publications
        on files.publication_id = publications.publication_id

)

select
    file_id,
    feed,
    file_name,
    delivery_number,
    landed_at,
    failure,
    waits_behind,
    cast(
        'file ' || file_id || ' (' || file_name || ') '
        || coalesce(
            'is held: '
            || failure
            || case
                when failure like 'contract:%' then '. Run loader reland ' || file_id
                else
                    '. See its rows: select * from stg_rows where file_id = '''
                    || file_id
                    || '''; then '
                    || case
                        when is_new_feed and failure not like 'decision:%'
                            then 'mend the contract (that is enough) or '
                        else ''
                    end
                    || 'decide in seeds/file_decisions.csv'
            end,
            'waits behind ' || waits_behind || ' of its feed'
        ) as varchar
    ) as message
from looks
where recency = 1
    and verdict <> 'passed'
