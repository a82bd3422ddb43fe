{#
    Select of the files that a build looked at and did not publish, and of those that stay held: what becomes of each, and where its
    rows are now (`…_published`, none where the file was never published) and would be.
#}
{% macro preview_files(build=none, limit=none) %}
    select * from ({{ previewed_files(build) }}) as files
    order by case verdict when 'held' then 0 when 'waiting' then 1 else 2 end, was_published, feed, delivery_number
    {{ at_most(limit) }}
{% endmacro %}

{% macro previewed_files(build=none) %}
    {%- set rows = ['rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate'] -%}
    with

    looks as (
        select
            files.*,
            row_number() over (
                partition by files.file_id, files.verdict = 'passed' order by publications.publication_number desc
            ) as recency_of_verdict,
            row_number() over (partition by files.file_id order by publications.publication_number desc) as recency
        from {{ ref('file_evaluations') }} as files
        inner join {{ previewed_publications(build) }} as publications
            on files.publication_id = publications.publication_id
    ),

    previewed as (
        select * from {{ ref('file_evaluations') }}
        where publication_id = {{ previewed_build(build) }}
    ),

    files as (
        select
            {{ previewed_file_columns(rows) }}
        from previewed
        union all
        -- That a file is held as it was is no news, so the build wrote nothing of it.
        select
            {{ previewed_file_columns(rows) }}
        from looks
        where recency = 1
            and verdict <> 'passed'
            and file_id not in (select previewed.file_id from previewed)
    )

    select
        files.*,
        published.file_id is not null as was_published,
        {%- for column in rows %}
        published.{{ column }} as {{ column }}_published{{ ',' if not loop.last }}
        {%- endfor %}
    from files
    left join looks as published
        on files.file_id = published.file_id
            and published.verdict = 'passed'
            and published.recency_of_verdict = 1
{% endmacro %}

{# What is told of a file. Nothing was written of one that does not pass. #}
{% macro previewed_file_columns(rows) %}
            feed,
            file_id,
            file_name,
            delivery_number,
            landed_at,
            verdict,
            failure,
            waits_behind,
            decision,
            rows_delivered,
            rows_malformed,
            {%- for column in rows %}
            case when verdict = 'passed' then {{ column }} end as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
{%- endmacro %}
