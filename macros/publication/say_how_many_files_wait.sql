{# Says how many pending files a build has left for the next one, because of the variable max_files. #}
{% macro say_how_many_files_wait() %}
    {%- set query -%}
        select count(*)
        from {{ ref('stg_files') }} as files
        left join {{ ref('int_files_to_evaluate') }} as evaluated
            on files.file_id = evaluated.file_id
                and evaluated.publication_id = {{ publication_id() }}
        where evaluated.file_id is null
            and files.file_id not in (
                select looks.file_id
                from {{ earlier('file_evaluations') }} as looks
                inner join {{ earlier('publications') }} as publications
                    on looks.publication_id = publications.publication_id
            )
    {%- endset -%}
    {%- if flags.WHICH == 'build' -%}
        {%- for row in ask(query, ref('int_files_to_evaluate')) if row[0] > 0 -%}
            {%- do log(row[0] ~ ' files wait for the next build: this one took up ' ~ var('max_files') ~ ', as many as max_files allows.', info=true) -%}
            {%- do tell('files_wait', {'files': row[0] | int}) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
