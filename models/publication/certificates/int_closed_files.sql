-- Per month to be certified: the files that had landed when it was closed, or that the close knew, with the evaluation
-- that stood then. A file is known if it was published by then, held if the last look at it let it not pass, and
-- pending if nothing had looked at it.
{%- set counts = ['malformed', 'accepted', 'quarantined', 'condemned', 'duplicate', 'passed_over'] %}
with

closed_months as (
    {{ rows_of(ref('int_months_to_certify')) }}
),

looks as (

    select
        files.*,
        publications.publication_number
    from {{ ref('file_evaluations') }} as files
    inner join {{ ref('int_publications_so_far') }} as publications
        on files.publication_id = publications.publication_id

),

last_looks as (

    select
        closed_months.month,
        looks.file_id,
        max(looks.publication_number) filter (where looks.verdict = 'passed') as passed_number,
        max_by(looks.verdict, looks.publication_number) as last_verdict
    from looks
    inner join closed_months
        on looks.publication_number <= closed_months.closed_on_number
    group by closed_months.month, looks.file_id

)

select
    closed_months.publication_id,
    closed_months.month,
    files.file_id,
    files.feed,
    files.sha256,
    files.rows_delivered,
    passed.rows_{{ counts | join(', passed.rows_') }},
    passed.decision,
    passed.file_id is not null as is_known,
    coalesce(last_looks.last_verdict <> 'passed', false) as is_held,
    last_looks.file_id is null as is_pending
from {{ ref('stg_files') }} as files
cross join closed_months
left join last_looks
    on files.file_id = last_looks.file_id
        and closed_months.month = last_looks.month
left join looks as passed
    on last_looks.file_id = passed.file_id
        and last_looks.passed_number = passed.publication_number
where files.landed_at <= closed_months.closed_at
    or last_looks.file_id is not null
