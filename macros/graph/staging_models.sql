{#
    The feeds that have a staging model, in the order of their names, for the one model that reads them all. While dbt parses there is no
    graph: there they are the folders in which a file models/staging/<feed>/stg_<feed>.sql is. That is asked of the
    object behind `ref`, which is not an interface of dbt: it is used here and nowhere else, and a test fails where it is another one.
#}
{% macro staged_feeds() %}
    {%- if execute -%}
        {{ return(feeds()) }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for file_id in ref.manifest.files -%}
        {%- set found = modules.re.search('://models/staging/([a-z0-9_]+)/stg_([a-z0-9_]+)[.]sql$', file_id) -%}
        {%- if found and found.group(1) == found.group(2) -%}
            {%- do names.append(found.group(1)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names | sort) }}
{% endmacro %}

{#
    Stops a build that would read a new feed's files and not its rows: dbt parses stg_rows again where the file itself or a model that it
    reads has changed, and not where a folder has come.
#}
{% macro stop_if_a_feed_is_new() %}
    {%- set staging = 'model.' ~ project_name ~ '.stg_' -%}
    {%- for feed in feeds() if (staging ~ feed) not in graph.nodes[staging ~ 'rows'].depends_on.nodes -%}
        {%- if (staging ~ feed) not in graph.nodes -%}
            {{ exceptions.raise_compiler_error('the feed ' ~ feed ~ ' has a contract and no staging model: write models/staging/'
                ~ feed ~ '/stg_' ~ feed ~ '.sql') }}
        {%- endif -%}
        {{ exceptions.raise_compiler_error('the feed ' ~ feed ~ ' is new, and dbt has parsed models/staging/stg_rows.sql without it: '
            ~ 'run dbt parse --no-partial-parse once') }}
    {%- endfor -%}
{% endmacro %}
