{#
    The open runs, of a feed where one is given, that bring no file but judge rows again. A unit test gets none: there is no
    graph in it.
#}
{% macro open_replays(feed=none) %}
    {%- set replays = [] -%}
    {%- if execute and graph -%}
        {%- for run in open_runs() if run.kind is defined and run.kind != 'file' and not run.is_judged and (feed is none or run.feed == feed) -%}
            {%- do replays.append(run) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(replays) }}
{% endmacro %}
