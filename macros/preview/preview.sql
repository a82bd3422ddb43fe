{#
    Tells what a build that did not commit would publish: `dbt run-operation preview --args '{build: ID}'`, where the build wrote under
    this publication_id. Of files, decisions and month ends at most `limit` are told; the rest counts all of them. Of a build that did
    commit it tells what changed by it.
#}
{% macro preview(build, limit=100) %}
    {%- do tell('preview', {
        'build': build,
        'rows_written': previewed_rows_written(build),
        'feeds': rows_as_texts(preview_feeds(build)),
        'files': rows_as_texts(preview_files(build, limit)),
        'decisions': rows_as_texts(preview_decisions(build, limit)),
        'decision_count': run_query('select count(*) as n from (' ~ preview_decisions(build) ~ ') as decisions').rows[0][0] | int,
        'closes': rows_as_texts(preview_closes(build)),
        'certificates': rows_as_texts(preview_certificates(build)),
        'balances': rows_as_texts(preview_balances(build)),
        'month_ends': rows_as_texts(preview_month_ends(build, limit)),
    }) -%}
{% endmacro %}

{# SQL of the publication_id of a build: that one, or the last build that wrote anything. #}
{% macro previewed_build(build=none) %}
    {%- if build -%}
        {{ return(sql_text(build)) }}
    {%- endif -%}
    {{ return('(select max(publication_id) from ' ~ ref('int_this_build') ~ ')') }}
{% endmacro %}

{# The publications before a build: what it would publish is compared with them. #}
{% macro previewed_publications(build=none) %}
    {%- set of_build = ' where publication_id = ' ~ previewed_build(build) -%}
    {%- set publications = source('earlier', 'publications') -%}
    {%- set number = ask('select publication_number from ' ~ publications ~ of_build, publications)
        or ask('select publication_number from ' ~ ref('int_this_build') ~ of_build, ref('int_this_build')) -%}
    {{ return(
        '(select publications.* from ' ~ earlier('publications') ~ ' as publications'
        ~ (' where publications.publication_number < ' ~ number[0][0] if number else '') ~ ')'
    ) }}
{% endmacro %}

{% macro at_most(limit) %}
    {{ return('limit ' ~ limit | int if limit is not none else '') }}
{% endmacro %}

{# How many rows a build wrote that a publication would be made for, as int_publication counts them. #}
{% macro previewed_rows_written(build) %}
    {%- set counts = [] -%}
    {%- for name in [
        'decisions', 'closes', 'file_evaluations', 'row_changes', 'accepted_rows', 'set_aside_rows', 'account_records',
        'month_end_versions', 'close_certificates',
    ] -%}
        {%- do counts.append('(select count(*) from ' ~ ref(name) ~ ' where publication_id = ' ~ sql_text(build) ~ ')') -%}
    {%- endfor -%}
    {{ return(run_query('select ' ~ counts | join(' + ') ~ ' as row_count').rows[0][0] | int) }}
{% endmacro %}
