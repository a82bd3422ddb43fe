{#
    SQL condition: the row belongs to an open run. The runs are literals, so that an engine reads only what they brought.

    With `partitioned`, for raw tables and views over them, every run is named, and the partition column ingest_date too: a run
    that was not taken up may lie between two that are open. With `feed` these are only that feed's runs. Otherwise, for
    tables that hold rows of runs taken up alone, many runs are given as the first and the last of each stretch, because a
    query may have 262,144 bytes on Athena; as literals that is some 4,000 files in one build after the first. With `to_judge`
    they are those whose rows this build judges: a full refresh judges nothing that was judged.
#}
{% macro is_open_run(column='run_id', feed=none, partitioned=false, to_judge=false) %}
    {%- set runs = [] -%}
    {%- set dates = [] -%}
    {%- for run in open_runs() if (feed is none or run.feed == feed) and not (to_judge and run.is_judged) -%}
        {%- do runs.append(run) -%}
        {%- do dates.append("date '" ~ run.ingest_date ~ "'") -%}
    {%- endfor -%}
    {%- if not runs -%}
        false
    {%- elif partitioned or feed is not none or runs | length <= 20 -%}
        ({{ column }} in ({% for run in runs %}{{ sql_text(run.run_id) }}{{ ', ' if not loop.last }}{% endfor %})
        {%- if partitioned %} and ingest_date in ({{ dates | unique | join(', ') }}){% endif %})
    {%- else -%}
        {%- set alone = [] -%}
        {%- set stretches = [] -%}
        {%- for _, stretch in runs | groupby('stretch') -%}
            {%- set ids = stretch | map(attribute='run_id') | sort(case_sensitive=true) | list -%}
            {%- if ids | length == 1 -%}
                {%- do alone.append(sql_text(ids[0])) -%}
            {%- else -%}
                {%- do stretches.append(column ~ ' between ' ~ sql_text(ids[0]) ~ ' and ' ~ sql_text(ids[-1])) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if alone -%}
            {%- do stretches.append(column ~ ' in (' ~ alone | join(', ') ~ ')') -%}
        {%- endif -%}
        ({{ stretches | join(' or ') }})
    {%- endif -%}
{% endmacro %}
