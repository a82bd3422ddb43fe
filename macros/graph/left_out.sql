{#
    What this build leaves out of what has to be built and audited for a publication: every model, seed, snapshot and test of the
    project's own folders. What analysts add lies in folders of its own and may be left out. Only a `dbt build` of all of it publishes.
#}
{% macro left_out() %}
    {%- if not execute or not graph -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set own = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type != 'test' and _is_own(node) -%}
        {%- do own.append(node.unique_id) -%}
    {%- endfor -%}
    {%- set own = own + graph.sources.keys() | list -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values() if node.unique_id not in selected_resources and node.config.enabled -%}
        {%- if node.unique_id in own or (node.resource_type == 'test' and node.depends_on.nodes | reject('in', own) | list | length == 0) -%}
            {%- do missing.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if flags.WHICH != 'build' -%}
        {%- do missing.append('every test, as this is dbt ' ~ flags.WHICH) -%}
    {%- endif -%}
    {{ return(missing) }}
{% endmacro %}

{% macro _is_own(node) %}
    {{ return(node.package_name == project_name and (
        node.resource_type in ('seed', 'snapshot')
        or node.resource_type == 'model'
        and node.fqn[1] in ('staging', 'earlier', 'evaluation', 'ledger', 'balances', 'publication', 'history')
    )) }}
{% endmacro %}

{# Says on the terminal that a build publishes nothing, and why. #}
{% macro say_what_is_left_out(left_out) %}
    {%- if left_out and execute and flags.WHICH in ('build', 'run') -%}
        {%- do exceptions.warn('NOTHING IS PUBLISHED: this build leaves out ' ~ left_out | length ~ (' node, ' if left_out | length == 1 else ' nodes, the first of them ') ~ left_out[0] ~ '. Run dbt build to publish.') -%}
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
