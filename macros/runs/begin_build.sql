{#
    Writes down, before the first model runs, which build writes from now on: the view current_build names it. A build that
    finds another one there stops (stop_if_superseded), so that of two builds at once the later one is right.
#}
{% macro begin_build() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- do run_query(
            'create or replace view ' ~ _current_build() ~ " as select '" ~ invocation_id ~ "' as invocation_id, '"
            ~ run_started_at.isoformat() ~ "' as started_at"
        ) -%}
    {%- endif -%}
{% endmacro %}

{#
    Ends this build with an error where another one has begun in the same schema since. It is asked before each change of a
    table that is written by run or merged.
#}
{% macro stop_if_superseded() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set current = run_query('select invocation_id, started_at from ' ~ _current_build()).rows[0] -%}
        {%- if current[0] != invocation_id -%}
            {{ exceptions.raise_compiler_error(
                'another build of ' ~ target.schema ~ ' began at ' ~ current[1] ~ ' (invocation ' ~ current[0]
                ~ '), so this one stops: the later one carries every open run through. Let it end; run dbt build again if it fails'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro _current_build() %}
    {{ return(api.Relation.create(database=target.database, schema=target.schema, identifier='current_build')) }}
{% endmacro %}
