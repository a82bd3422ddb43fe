{#
    Tells the program that runs dbt (pipeline/) what its metrics are made of: `dbt run-operation tell_figures`. Of each feed the last
    delivery, and, where there are publications to tell of, what they did together. Where nothing is to be told it asks no more than that,
    and the closed months are read only where a publication wrote into one.

    `builds`: the publications to tell of. By default all that were made since figures were told last, by whatever build, with what
    alarms know already.
#}
{% macro tell_figures(builds=none) %}
    {%- set told = {'publications': builds or [], 'feeds': [], 'files': [], 'restatements': [], 'known': none} -%}
    {%- if builds is none -%}
        {%- do told.update(_untold()) -%}
    {%- endif -%}
    {%- set is_to_tell = in_texts('publication_id', told.publications) -%}
    {%- do told.update({'feeds': _figures_of_feeds(told.publications)}) -%}
    {%- if told.publications -%}
        {%- set files -%}
            select
                publication_id, feed, file_id, file_name, delivery_number, rows_delivered, rows_malformed, rows_accepted, rows_quarantined,
                rows_condemned, rows_duplicate, rows_passed_over, refused_percent, volume_ratio
            from {{ ref('publication_files') }}
            where {{ is_to_tell }}
            order by feed, delivery_number
        {%- endset -%}
        {%- do told.update({'files': rows_as_texts(files), 'restatements': _restatements(is_to_tell)}) -%}
    {%- endif -%}
    {%- do tell('figures', told) -%}
{% endmacro %}

{#
    Notes that figures were told, up to a publication, and which files and feeds alarms know now: `dbt run-operation note_figures_told`. Who
    tells notes it afterwards: what was told and could not be noted is told again, and nothing is left out.
#}
{% macro note_figures_told(publication_id, publication_number, held_files, late_feeds) %}
    {%- set query -%}
        insert into {{ ref('figures_told') }} (told_number, publication_id, publication_number, told_at, held_files, late_feeds)
        select
            coalesce(max(told_number), 0) + 1,
            {{ sql_text(publication_id) }},
            cast({{ publication_number }} as bigint),
            cast({{ publication_time() }} as timestamp(6)),
            {{ sql_text(held_files | join(',')) }},
            {{ sql_text(late_feeds | join(',')) }}
        from {{ ref('figures_told') }}
    {%- endset -%}
    {%- do run_query(query) -%}
    {%- do tell('figures_noted', {}) -%}
{% endmacro %}

{# What was told last, and the publications since then. The table can be empty: then nothing was told. #}
{% macro _untold() %}
    {%- set query -%}
        select
            last_told.held_files,
            last_told.late_feeds,
            coalesce(last_told.publication_id, 'none') as told_id,
            coalesce(last_told.publication_number, 0) as told_number,
            publications.publication_id,
            publications.publication_number
        from (
            select
                max_by(held_files, told_number) as held_files,
                max_by(late_feeds, told_number) as late_feeds,
                max_by(publication_id, publication_number) as publication_id,
                max(publication_number) as publication_number
            from {{ ref('figures_told') }}
        ) as last_told
        left join {{ ref('publications') }} as publications
            on publications.publication_number > coalesce(last_told.publication_number, 0)
        order by publications.publication_number
    {%- endset -%}
    {%- set rows = rows_as_texts(query) -%}
    {%- set untold = rows | selectattr('publication_id') | list -%}
    {{ return({
        'publications': untold | map(attribute='publication_id') | list,
        'known': {
            'publication_id': untold[-1].publication_id if untold else rows[0].told_id,
            'publication_number': untold[-1].publication_number if untold else rows[0].told_number,
            'held_files': rows[0].held_files,
            'late_feeds': rows[0].late_feeds,
        },
    }) }}
{% endmacro %}

{# Of each feed its last delivery, and what publications did to it together. #}
{% macro _figures_of_feeds(publications) %}
    {%- set sums = [
        'file_count', 'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate',
        'rows_passed_over', 'break_count', 'breaks_above_tolerance',
    ] -%}
    {%- set query -%}
        select
            deliveries.feed,
            deliveries.delivery_calendar,
            deliveries.time_zone,
            {%- for name in sums + ['refused_percent', 'volume_ratio'] if publications %}
            figures.{{ name }},
            {%- endfor %}
            cast(deliveries.last_landed_at as varchar) as last_landed_at
        from {{ ref('feed_deliveries') }} as deliveries
        {%- if publications %}
        left join (
            select
                feed,
                {%- for name in sums %}
                sum({{ name }}) as {{ name }},
                {%- endfor %}
                max(refused_percent) as refused_percent,
                max(volume_ratio) as volume_ratio
            from {{ ref('publication_figures') }}
            where {{ in_texts('publication_id', publications) }}
            group by feed
        ) as figures
            on deliveries.feed = figures.feed
        {%- endif %}
        order by deliveries.feed
    {%- endset -%}
    {{ return(rows_as_texts(query)) }}
{% endmacro %}

{# How many month-ends of closed months publications restated, by feed. #}
{% macro _restatements(is_to_tell) %}
    {%- set closed_months = ask(
        'select distinct cast(month as varchar) from ' ~ ref('month_end_versions') ~ ' where ' ~ is_to_tell
        ~ ' and month in (select month from ' ~ ref('closed_months') ~ ')', ref('month_end_versions')
    ) -%}
    {{ return(rows_as_texts(
        'select feed, count(*) as month_ends from ' ~ ref('publication_restatements') ~ ' where ' ~ is_to_tell
        ~ ' and month ' ~ in_months(closed_months) ~ ' group by feed'
    ) if closed_months else []) }}
{% endmacro %}
