-- Per month to be certified: the files that had landed when it was closed, or that the close knew, with the evaluation
-- that stood then. A file is known if it was published by then, held if the last look at it let it not pass, and
-- pending if nothing had looked at it.
{%- set counts = ['malformed', 'accepted', 'quarantined', 'condemned', 'duplicate', 'passed_over'] %}
with

closed_months as (

    select * from {{ ref('int_closed_months') }}
    where publication_id = {{ publication_id() }}
        and is_certified_anew

),

looks as (

    select
        file_id,
        kind,
        verdict,
        decision,
        publication_number,
        rows_{{ counts | join(', rows_') }}
    from {{ ref('earlier_looks') }}
    union all
    select
        files.file_id,
        files.kind,
        files.verdict,
        files.decision,
        this_build.publication_number,
        files.rows_{{ counts | join(', files.rows_') }}
    from {{ ref('file_evaluations') }} as files
    inner join {{ ref('int_this_build') }} as this_build
        on files.publication_id = this_build.publication_id
    where files.publication_id = {{ publication_id() }}

),

last_looks as (

    select
        closed_months.month,
        looks.file_id,
        max(case when looks.verdict = 'passed' then looks.publication_number end) as passed_number,
        max_by(looks.verdict, case when looks.kind = 'file' then looks.publication_number end) as last_verdict
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
    {% for count in counts -%}
    passed.rows_{{ count }},
    {% endfor -%}
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
