{#
    What this build leaves out of what has to be built and audited before a publication: models, seeds and tests that are upstream
    of `publications` (readers' views, the snapshot and what analysts add are not). Only a `dbt build` of all of it publishes.
#}
{% macro left_out() %}
    {%- if not execute or not graph -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set upstream = upstream_of_publications() -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values() if node.unique_id not in selected_resources and node.config.enabled -%}
        {%- if node.unique_id in upstream -%}
            {%- do missing.append(node.name) -%}
        {%- elif node.resource_type == 'test' and node.depends_on.nodes | reject('in', upstream) | list | length == 0 -%}
            {%- do missing.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if flags.WHICH != 'build' -%}
        {%- do missing.append('every test, as this is dbt ' ~ flags.WHICH) -%}
    {%- endif -%}
    {{ return(missing) }}
{% endmacro %}

{# The ids of all nodes and sources from which `publications` is made, itself among them. #}
{% macro upstream_of_publications() %}
    {%- set found = [] -%}
    {%- set queue = ['model.' ~ project_name ~ '.publications'] -%}
    {%- for unique_id in queue if unique_id not in found -%}
        {%- do found.append(unique_id) -%}
        {%- if unique_id in graph.nodes -%}
            {%- do queue.extend(graph.nodes[unique_id].depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found + graph.sources.keys() | list) }}
{% endmacro %}

{# Says on the terminal that a build publishes nothing, and why. #}
{% macro say_what_is_left_out(left_out) %}
    {%- if left_out and execute and flags.WHICH in ('build', 'run') -%}
        {%- do exceptions.warn('NOTHING IS PUBLISHED: this build leaves out ' ~ left_out | length ~ ' nodes, ' ~ left_out[0] ~ ' among them. Run dbt build to publish.') -%}
    {%- endif -%}
{% endmacro %}

{#
    Ends `dbt retry` red where it comes to the commit: what it does not run again was written by an invocation that has failed. dbt
    tells a retry neither its command nor what it selects; it shows in `publications` not being selected, or, where a program runs
    dbt more than once, in int_this_build not being of this invocation.
#}
{% macro stop_if_retried(left_out) %}
    {%- if execute and graph and flags.WHICH in ('build', 'run') -%}
        {%- set of_this_build = 'select 1 from ' ~ ref('int_this_build') ~ ' where publication_id = ' ~ publication_id() -%}
        {%- if model.unique_id not in selected_resources or not (left_out or ask(of_this_build, ref('int_this_build'))) -%}
            {{ exceptions.raise_compiler_error('NOTHING IS PUBLISHED: dbt retry runs only what failed, and a publication needs a whole build. Run dbt build.') }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
