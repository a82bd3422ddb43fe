{#
    The runs that this build has to carry through: taken up in int_runs and not yet published according to
    run_reconciliation, the last table of a build. A run stays open while it is held, and after a build that broke off,
    until a build has brought it to every table.

    A build looks at a table below the one it makes for which runs are done, and takes nothing else from there
    (docs/decisions/0002-open-runs.md); run_gate is asked besides for what it recorded of them (passed_runs, changed_rules).

    Every table that asks is built after int_runs, through run_gate if not directly. The list is asked for at run time
    only, so it makes no dependency of its own. The first answer stands for the whole build: its tests judge the runs that it
    carried through, also after the last table says that they are done.

    Returns a list of mappings with `run_id`, `kind`, `feed`, `ingest_date` (text), `stretch` and `is_judged`, in order of
    commit. Open runs with no other run between them, by run_id, are of one stretch. `is_judged` are those that were published
    once and that a full refresh carries through again: their rows have been judged, and are not judged anew.
#}
{% macro open_runs() %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(remembered('open_runs', _find_open_runs)) }}
{% endmacro %}

{% macro _find_open_runs() %}
    {%- set taken_up = _relation_of('int_runs') -%}
    {#- `dbt compile` may come before the first build. -#}
    {%- if taken_up is none -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set done = _relation_of('run_reconciliation') -%}
    {%- set query -%}
        select run_id, kind, feed, cast(ingest_date as varchar) as ingest_date, stretch, is_judged
        from (
            select
                *,
                row_number() over (order by run_id)
                - row_number() over (partition by is_open, is_judged order by run_id) as stretch
            from (
                select
                    runs.*,
                    {% if done is not none -%}
                    coalesce(done.verdict in ('published', 'reopened'), false) as is_judged,
                    {{ 'true' if flags.FULL_REFRESH else "done.verdict is distinct from 'published'" }} as is_open
                    {%- else -%}
                    false as is_judged,
                    true as is_open
                    {%- endif %}
                from {{ taken_up }} as runs
                {% if done is not none -%}
                left join {{ done }} as done
                    on runs.run_id = done.run_id
                {%- endif %}
            ) as judged
        ) as stretched
        where is_open
        order by known_at, run_id
    {%- endset -%}
    {%- set runs = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do runs.append(
            {'run_id': row[0], 'kind': row[1], 'feed': row[2], 'ingest_date': row[3], 'is_judged': row[5],
                'stretch': row[4] ~ (' judged' if row[5] else '')}
        ) -%}
    {%- endfor -%}
    {{ return(runs) }}
{% endmacro %}

{# The table that a model of this project has made, or a seed, or none. #}
{% macro _relation_of(name, resource_type='model') %}
    {%- set node = graph.nodes[resource_type ~ '.' ~ project_name ~ '.' ~ name] -%}
    {{ return(adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}
