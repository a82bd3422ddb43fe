{#
    Tells the program that runs dbt (pipeline/) what its metrics are made of: `dbt run-operation tell_figures`. Of each feed the last
    delivery, and, where a build has published, what the publication did. It asks no more than that: a build with nothing new is one query,
    and the closed months are read only where the publication wrote into one.
#}
{% macro tell_figures(build=none) %}
    {%- set is_of_build = ' = ' ~ sql_text(build) -%}
    {%- set figures = [
        'file_count', 'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate',
        'rows_passed_over', 'refused_percent', 'volume_ratio', 'break_count', 'breaks_above_tolerance',
    ] if build else [] -%}
    {%- set query -%}
        select
            deliveries.feed,
            deliveries.delivery_calendar,
            deliveries.time_zone,
            {%- for name in figures %}
            figures.{{ name }},
            {%- endfor %}
            cast(deliveries.last_landed_at as varchar) as last_landed_at
        from {{ ref('feed_deliveries') }} as deliveries
        {%- if build %}
        left join {{ ref('publication_figures') }} as figures
            on deliveries.feed = figures.feed
                and figures.publication_id {{ is_of_build }}
        {%- endif %}
        order by deliveries.feed
    {%- endset -%}
    {%- set told = {'build': build, 'feeds': rows_as_texts(query), 'files': [], 'restatements': []} -%}
    {%- if build -%}
        {%- set files -%}
            select
                feed, file_id, file_name, delivery_number, rows_delivered, rows_malformed, rows_accepted, rows_quarantined,
                rows_condemned, rows_duplicate, rows_passed_over, refused_percent, volume_ratio
            from {{ ref('publication_files') }}
            where publication_id {{ is_of_build }}
            order by feed, delivery_number
        {%- endset -%}
        {%- do told.update({'files': rows_as_texts(files), 'restatements': _restatements(is_of_build)}) -%}
    {%- endif -%}
    {%- do tell('figures', told) -%}
{% endmacro %}

{# How many month-ends of closed months a publication restated, by feed. #}
{% macro _restatements(is_of_build) %}
    {%- set closed_months = ask(
        'select distinct cast(month as varchar) from ' ~ ref('month_end_versions') ~ ' where publication_id' ~ is_of_build
        ~ ' and month in (select month from ' ~ ref('closed_months') ~ ')', ref('month_end_versions')
    ) -%}
    {{ return(rows_as_texts(
        'select feed, count(*) as month_ends from ' ~ ref('publication_restatements') ~ ' where publication_id' ~ is_of_build
        ~ ' and month ' ~ in_months(closed_months) ~ ' group by feed'
    ) if closed_months else []) }}
{% endmacro %}
