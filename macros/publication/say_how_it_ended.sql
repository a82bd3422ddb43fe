{#
    After a build: says in words that another build was first, be it that the commit found its row or met it on the way, and tells the
    program that runs dbt how the build ended.
#}
{% macro say_how_it_ended(results) %}
    {#- dbt has to see while it parses what tell_what_is_published reads. -#}
    {%- set read = [ref('publications'), ref('held_files')] -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set lost = [] -%}
        {%- for result in results
            if result.node.name == 'this_build_is_published' and result.status == 'fail'
            or result.node.name == 'publications' and 'ICEBERG_COMMIT_ERROR' in result.message | string -%}
            {%- do lost.append(result.node.unique_id) -%}
        {%- endfor -%}
        {%- if lost -%}
            {%- do log('NOT PUBLISHED: another build has published meanwhile. Nothing of this one counts; run dbt build again.', info=true) -%}
        {%- endif -%}
        {%- do tell_what_is_published(build_id(), {'lost': lost, 'left_out': left_out() | length}) -%}
    {%- endif -%}
{% endmacro %}

{#
    Tells whether a build has published, and which files are held now. The hook asks it of its own build; of a build that was
    interrupted, whose hooks did not run, `dbt run-operation` asks it.
#}
{% macro tell_what_is_published(build, values={}) %}
    {%- set publications = ref('publications') -%}
    {%- set held_files = ref('held_files') -%}
    {%- set told = {'build': build, 'is_published': false, 'held_files': []} -%}
    {%- do told.update(values) -%}
    {%- if load_relation(publications) is not none -%}
        {%- do told.update({
            'is_published': run_query('select 1 from ' ~ publications ~ ' where publication_id = ' ~ sql_text(build)).rows | length > 0
        }) -%}
    {%- endif -%}
    {%- if load_relation(held_files) is not none -%}
        {%- do told.update({'held_files': rows_as_texts(
            'select feed, file_id, file_name, failure from ' ~ held_files ~ ' where failure is not null order by feed'
        )}) -%}
    {%- endif -%}
    {%- do tell('how_it_ended', told) -%}
{% endmacro %}
