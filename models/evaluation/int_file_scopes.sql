-- What is written of each file that passed: the whole of it, where it is new, was withdrawn (or is no more), or where
-- most of its rows are something else now, so that readers join small tables; otherwise the rows that are. Reference
-- data is written whole, if any of it is. Of a file that passes as it was nothing is.
{%- set stated = ['account_id', 'currency', 'day', 'balance', 'kind', 'row_number', 'file_opening', 'file_movement'] %}
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

),

both_sides as (

    select
        file_id,
        {{ stated | join(', ') }},
        sum(side) as difference
    from (
        select file_id, {{ stated | join(', ') }}, 1 as side from {{ ref('int_stated_balances') }}
        where publication_id = {{ publication_id() }}
        union all
        select earlier.file_id, earlier.{{ stated | join(', earlier.') }}, -1 as side
        from {{ ref('earlier_stated_balances') }} as earlier
        inner join gate
            on earlier.file_id = gate.file_id
                and gate.is_read
    ) as of_both
    group by file_id, {{ stated | join(', ') }}

),

-- A file that states other balances by changed code is written whole: they are written with their file.
restated as (

    select distinct file_id from both_sides
    where difference <> 0

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
        or restated.file_id is not null
        or 2 * coalesce(changed.rows_changed, 0) > gate.rows_delivered - gate.rows_malformed
    ) as is_whole
from gate
left join changed
    on gate.file_id = changed.file_id
left join restated
    on gate.file_id = restated.file_id
