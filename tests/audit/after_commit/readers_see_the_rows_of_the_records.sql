-- Each published file of the last publication is shown with the rows that the records have of it: by number in every
-- view, and of what was set aside row by row. Malformed rows stay in the raw table, so they are counted of files that
-- this build evaluated as a whole: a build with nothing new reads no raw table.
{{ config(tags=['after_commit']) }}
{%- set statuses = {
    'quarantined': 'quarantine_entries',
    'condemned': 'condemned_entries',
    'duplicate': 'duplicate_entries',
    'passed_over': 'passed_over_entries',
} %}
{%- set counts = ['delivered', 'malformed', 'accepted', 'quarantined', 'condemned', 'duplicate', 'passed_over'] %}
{%- set evaluated = none if var('audit_scope') == 'everything' else files_evaluated() %}
with

evaluations as (

    select
        files.*,
        row_number() over (partition by files.file_id order by publications.publication_number desc) as recency
    from {{ ref('file_evaluations') }} as files
    inner join {{ ref('publications') }} as publications
        on files.publication_id = publications.publication_id
    where files.verdict = 'passed'

),

recorded as (

    select
        files.*,
        {{ 'true' if evaluated is none else of_files(evaluated, 'files') }} as is_evaluated
    from evaluations as files
    where files.recency = 1
        and {{ of_last_publication('files') }}

),

shown_by_status as (
    {% for status, view in statuses.items() %}
    select
        file_id,
        '{{ status }}' as status,
        count(*) as row_count
    from {{ ref(view) }}
    group by file_id
    union all
    {%- endfor %}
    select
        malformed.file_id,
        'malformed' as status,
        count(*) as row_count
    from {{ ref('malformed_rows') }} as malformed
    where {{ 'true' if evaluated is none else of_files(evaluated, 'malformed') }}
    group by malformed.file_id

),

shown as (

    select
        {%- for status in statuses.keys() | list + ['malformed'] %}
        sum(case when status = '{{ status }}' then row_count else 0 end) as rows_{{ status }},
        {%- endfor %}
        file_id
    from shown_by_status
    group by file_id

),

set_aside as (
    {% for status, view in statuses.items() %}
    select
        '{{ status }}' as status_shown,
        shown_rows.*
    from {{ ref(view) }} as shown_rows
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    recorded.file_id,
    cast('its rows are not those that are shown' as varchar) as fault
from recorded
left join shown
    on recorded.file_id = shown.file_id
left join {{ ref('file_reconciliation') }} as files
    on recorded.file_id = files.file_id
where (
    {%- for count in counts %}
    recorded.rows_{{ count }} = files.rows_{{ count }}
    and
    {%- endfor %}
    {%- for status in statuses %}
    recorded.rows_{{ status }} = coalesce(shown.rows_{{ status }}, 0)
    {%- if status == 'passed_over' %}
    + case when {{ is_erased('recorded') }} then recorded.rows_delivered else 0 end
    {%- endif %}
    and
    {%- endfor %}
    (not recorded.is_evaluated or recorded.rows_malformed = coalesce(shown.rows_malformed, 0))
) is distinct from true
union all
select
    set_aside.file_id,
    'row ' || cast(set_aside.row_number as varchar) || ' that was set aside is shown with other values' as fault
from set_aside
inner join recorded
    on set_aside.file_id = recorded.file_id
left join {{ ref('set_aside_rows') }} as records
    on {{ same(['publication_id', 'file_id', 'row_number'], 'set_aside', 'records') }}
where (
    records.status = set_aside.status_shown
    and records.status = set_aside.status
    and records.rejection_reasons = set_aside.rejection_reasons
    and records.amount is not distinct from set_aside.amount
    and records.balance_after is not distinct from set_aside.balance_after
    and records.currency is not distinct from set_aside.currency
    and records.account_id is not distinct from set_aside.account_id
    and records.booking_date is not distinct from set_aside.booking_date
    and records.attempt_count = set_aside.attempt_count
    and records.raw_record = set_aside.raw_record
) is distinct from true
