{#
    SQL condition: the row belongs to an open run. The runs are literals, so that an engine reads only their partitions;
    with `partitioned` the partition column ingest_date is named too, and with `feed` only that feed's runs.
#}
{% macro is_open_run(column='run_id', feed=none, partitioned=false) %}
    {%- set runs = [] -%}
    {%- set dates = [] -%}
    {%- for run in open_runs() if feed is none or run.feed == feed -%}
        {%- do runs.append("'" ~ run.run_id ~ "'") -%}
        {%- do dates.append("date '" ~ run.ingest_date ~ "'") -%}
    {%- endfor -%}
    {%- if not runs -%}
        false
    {%- else -%}
        ({{ column }} in ({{ runs | join(', ') }})
        {%- if partitioned %} and ingest_date in ({{ dates | unique | join(', ') }}){% endif %})
    {%- endif -%}
{% endmacro %}
