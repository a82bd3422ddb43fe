-- What this build has to publish: one row, or none where it recorded nothing new: no row, no decision, no close, no
-- opening balance, and no other hash of code.
with

this_build as (
    {{ rows_of(ref('int_this_build')) }}
),

counted as (
    {% for name in [
        'decisions', 'closes', 'openings', 'file_evaluations', 'row_changes', 'accepted_rows', 'set_aside_rows',
        'account_records', 'month_end_versions', 'close_certificates',
    ] %}
    select
        '{{ name }}' as record,
        count(*) as row_count
    from {{ ref(name) }}
    where publication_id = {{ publication_id() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counts as (

    select
        sum(row_count) as record_count,
        sum(case when record = 'file_evaluations' then row_count else 0 end) as file_count,
        sum(case when record in ('accepted_rows', 'set_aside_rows', 'account_records') then row_count else 0 end)
            as row_count,
        sum(case when record = 'row_changes' then row_count else 0 end) as changed_count,
        sum(case when record = 'month_end_versions' then row_count else 0 end) as version_count
    from counted

),

-- The rows that the audits found in the files, to be there still when they are published.
audited as (

    select
        coalesce(
            sum(
                evaluations.rows_accepted + evaluations.rows_quarantined + evaluations.rows_condemned
                + evaluations.rows_duplicate
                + case when {{ is_erased('evaluations') }} then 0 else evaluations.rows_passed_over end
            ), 0
        ) as row_count
    from {{ ref('file_evaluations') }} as evaluations
    where evaluations.publication_id = {{ publication_id() }}
        and evaluations.kind = 'file'
        and evaluations.verdict = 'passed'

),

-- A changed hash of code is something to publish, even if no row is.
changed_code as (

    select count(*) as feed_count
    from {{ ref('publication_feeds') }} as feeds
    left join {{ ref('earlier_feeds') }} as earlier
        on feeds.feed = earlier.feed
    where feeds.publication_id = {{ publication_id() }}
        and (
            feeds.evaluation_hash is distinct from earlier.evaluation_hash
            or feeds.balances_hash is distinct from earlier.balances_hash
        )

)

select
    this_build.publication_id,
    this_build.publication_number,
    this_build.previous_publication_id,
    {{ published_at('this_build') }} as published_at,
    counts.file_count,
    counts.row_count,
    counts.version_count,
    counts.row_count = audited.row_count + counts.changed_count as is_complete
from this_build
cross join counts
cross join audited
cross join changed_code
where counts.record_count > 0 or changed_code.feed_count > 0
