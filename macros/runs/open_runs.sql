{#
    The runs that this build has to carry through: taken up in int_runs and not yet published according to
    run_reconciliation, the last table of a build. A run stays open while it is held, and after a build that broke off,
    until a build has brought it to every table.

    This is the only place where a build looks at a table below the one it makes, and it takes nothing from there but
    which runs are done (docs/decisions/0002-open-runs.md).

    Every table that asks is built after int_runs, through run_gate if not directly. The list is asked for at run time
    only, so it makes no dependency of its own. The first answer stands for the whole build: its tests judge the runs that it
    carried through, also after the last table says that they are done.

    Returns a list of mappings with `run_id`, `feed`, `ingest_date` (text) and `stretch`, in order of commit. Open runs with no
    other run between them, by run_id, are of one stretch.
#}
{% macro open_runs() %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(remembered('open_runs', _find_open_runs)) }}
{% endmacro %}

{% macro _find_open_runs() %}
    {%- set done = _relation_of('run_reconciliation') -%}
    {%- set query -%}
        select run_id, feed, cast(ingest_date as varchar) as ingest_date, stretch
        from (
            select
                *,
                row_number() over (order by run_id) - row_number() over (partition by is_open order by run_id) as stretch
            from (
                select
                    *,
                    {% if done is not none and not flags.FULL_REFRESH -%}
                    run_id not in (select run_id from {{ done }} where verdict = 'published')
                    {%- else -%}
                    true
                    {%- endif %} as is_open
                from {{ _relation_of('int_runs') }}
            ) as judged
        ) as stretched
        where is_open
        order by known_at, run_id
    {%- endset -%}
    {%- set runs = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do runs.append({'run_id': row[0], 'feed': row[1], 'ingest_date': row[2], 'stretch': row[3]}) -%}
    {%- endfor -%}
    {{ return(runs) }}
{% endmacro %}

{# The table that a model of this project has made, or none. #}
{% macro _relation_of(model) %}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ model] -%}
    {{ return(adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}
