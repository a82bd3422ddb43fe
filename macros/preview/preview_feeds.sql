{#
    Select of the feeds of a build that did not commit: how many files would pass or be held, how many rows more would be accepted,
    quarantined, condemned and duplicates, and whether other code evaluates or closes the feed than did for the last publication.
#}
{% macro preview_feeds(build=none) %}
    {%- set statuses = ['accepted', 'quarantined', 'condemned', 'duplicate'] -%}
    with

    files as (
        {{ previewed_files(build) }}
    ),

    counted as (
        select
            feed,
            count(*) filter (where verdict = 'passed' and not was_published) as files_new,
            count(*) filter (where verdict = 'passed' and was_published) as files_again,
            count(*) filter (where verdict = 'held') as files_held,
            count(*) filter (where verdict = 'waiting') as files_waiting,
            sum(case when verdict = 'passed' and not was_published then rows_delivered else 0 end) as rows_new,
            {%- for status in statuses %}
            sum(case when verdict = 'passed' then rows_{{ status }} - coalesce(rows_{{ status }}_published, 0) else 0 end)
                as more_{{ status }}{{ ',' if not loop.last }}
            {%- endfor %}
        from files
        group by feed
    ),

    -- What max_files leaves for the builds after it.
    left_for_later as (
        select
            feed,
            count(*) as files_left
        from {{ ref('stg_files') }}
        where file_id not in (select files.file_id from files)
            and file_id not in (
                select looks.file_id
                from {{ ref('file_evaluations') }} as looks
                inner join {{ previewed_publications(build) }} as publications
                    on looks.publication_id = publications.publication_id
            )
        group by feed
    ),

    earlier_code as (
        select
            feeds.feed,
            max_by(feeds.evaluation_hash, publications.publication_number) as evaluation_hash,
            max_by(feeds.balances_hash, publications.publication_number) as balances_hash
        from {{ ref('publication_feeds') }} as feeds
        inner join {{ previewed_publications(build) }} as publications
            on feeds.publication_id = publications.publication_id
        group by feeds.feed
    )

    select
        feeds.feed,
        {%- for column in ['files_new', 'files_again', 'files_held', 'files_waiting'] %}
        coalesce(counted.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        coalesce(left_for_later.files_left, 0) as files_left,
        coalesce(counted.rows_new, 0) as rows_new,
        {%- for status in statuses %}
        coalesce(counted.more_{{ status }}, 0) as more_{{ status }},
        {%- endfor %}
        earlier_code.feed is not null and feeds.is_held as code_is_held,
        earlier_code.feed is not null
        and feeds.evaluation_hash is distinct from earlier_code.evaluation_hash as evaluation_changed,
        earlier_code.feed is not null
        and feeds.balances_hash is distinct from earlier_code.balances_hash as balances_changed,
        earlier_code.feed is null as is_new_feed
    from {{ ref('publication_feeds') }} as feeds
    left join counted
        on feeds.feed = counted.feed
    left join left_for_later
        on feeds.feed = left_for_later.feed
    left join earlier_code
        on feeds.feed = earlier_code.feed
    where feeds.publication_id = {{ previewed_build(build) }}
    order by feeds.feed
{% endmacro %}
