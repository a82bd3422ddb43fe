{#
    The runs of a feed that brought what its open replays judge again: a list of mappings with `feed`, `run_id` and
    `ingest_date` (text), asked for once before anything is judged. They are literals in the query, so that only these files
    are read.
#}
{% macro replayed_runs(feed) %}
    {%- if not open_replays(feed) -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(remembered('replayed_runs', _find_replayed_runs) | selectattr('feed', 'equalto', feed) | list) }}
{% endmacro %}

{% macro _find_replayed_runs() %}
    {%- set runs = [] -%}
    {%- set classified = _relation_of('int_entries_classified') -%}
    {%- if classified is none -%}
        {{ return(runs) }}
    {%- endif -%}
    {%- set decided = 'select run_id from ' ~ _relation_of('quarantine_decisions', 'seed') -%}
    {%- set feeds = [] -%}
    {%- for replay in open_replays() -%}
        {%- do feeds.append("feed = " ~ sql_text(replay.feed)
            ~ (' and origin_run_id in (' ~ decided ~ ')' if replay.kind == 'decisions' else '')) -%}
    {%- endfor -%}
    {%- set query -%}
        select distinct feed, origin_run_id, cast(ingest_date as varchar) as ingest_date
        from {{ classified }}
        where status in ('quarantined', 'condemned')
            and not {{ is_open_run(to_judge=true) }}
            and ({{ feeds | unique | join(' or ') }})
        order by origin_run_id
    {%- endset -%}
    {%- for row in run_query(query).rows -%}
        {%- do runs.append({'feed': row[0], 'run_id': row[1], 'ingest_date': row[2]}) -%}
    {%- endfor -%}
    {{ return(runs) }}
{% endmacro %}

{# The staged rows of those runs, of every feed that has an open replay; a select without rows where there is none. #}
{% macro replayed_rows() %}
    {%- set feeds = [] -%}
    {%- for feed in var('feeds') if replayed_runs(feed) -%}
        {%- do feeds.append(feed) -%}
    {%- endfor -%}
    {%- for feed in feeds or var('feeds')[:1] %}
    {%- set runs = replayed_runs(feed) %}
    select
        {{ canonical_columns() | join(',\n        ') }}
    from {{ ref('stg_' ~ feed) }}
    {% if runs -%}
    where run_id in ({% for run in runs %}{{ sql_text(run.run_id) }}{{ ', ' if not loop.last }}{% endfor %})
        and ingest_date in (
            {%- for day in runs | map(attribute='ingest_date') | unique %}date '{{ day }}'{{ ', ' if not loop.last }}{% endfor -%}
        )
    {% else -%}
    where false
    {% endif -%}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
