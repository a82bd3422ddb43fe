-- What is written of each file that passed: the whole of it, where it is new, was withdrawn (or is no more), or where
-- most of its rows are something else now, so that readers join small tables; otherwise the rows that are. Reference
-- data is written whole, if any of it is. Of a file that passes as it was nothing is.
with

gate as (

    select
        gate.*,
        feeds.kind
    from {{ ref('file_gate') }} as gate
    inner join {{ ref('int_feeds') }} as feeds
        on gate.feed = feeds.feed
            and feeds.publication_id = {{ publication_id() }}
    where gate.publication_id = {{ publication_id() }}
        and gate.verdict = 'passed'

),

changed as (

    select
        file_id,
        count(*) as rows_changed
    from {{ ref('int_rows_reevaluated') }}
    where publication_id = {{ publication_id() }}
    group by file_id

)

select
    {{ publication_id() }} as publication_id,
    gate.file_id,
    gate.feed,
    gate.ingest_date,
    gate.is_published,
    gate.is_evaluated_anew,
    coalesce(changed.rows_changed, 0) as rows_changed,
    gate.is_read
    and (
        not gate.is_published
        or (gate.kind = 'reference' and (gate.is_evaluated_anew or coalesce(changed.rows_changed, 0) > 0))
        or gate.withdrawal_changed
        or 2 * coalesce(changed.rows_changed, 0) > gate.rows_delivered - gate.rows_malformed
    ) as is_whole
from gate
left join changed
    on gate.file_id = changed.file_id
