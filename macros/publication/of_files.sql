{#
    The files that this build reads, for of_files: feed, file, day of landing. A feed that is evaluated anew is read as a
    whole, without a list.
#}
{% macro files_to_read() %}
    {{ return(_files_or_feeds(ref('int_files_to_evaluate'), 'is_read')) }}
{% endmacro %}

{#
    Those of them that state balances beside their entries: outside their rows, in rows that are passed over, or as one balance of the
    file. Of all others nothing is read for it.
#}
{% macro files_that_state() %}
    {%- set query -%}
        select distinct
            files.feed,
            case when files.is_evaluated_anew then null else files.file_id end as file_id,
            case when files.is_evaluated_anew then null else cast(files.ingest_date as varchar) end as ingest_date
        from {{ ref('int_files_to_evaluate') }} as files
        inner join {{ ref('stg_files') }} as stated
            on files.file_id = stated.file_id
        inner join {{ ref('int_feeds') }} as feeds
            on files.feed = feeds.feed and feeds.publication_id = {{ publication_id() }} and feeds.kind = 'entries'
        where files.publication_id = {{ publication_id() }}
            and files.is_read
            and not files.is_withdrawn
            and (
                stated.opening_balance is not null
                or stated.closing_balance is not null
                or feeds.balance_stated = 'end_of_file'
                or files.file_id in (
                    select claims.file_id from {{ ref('int_claims') }} as claims
                    where claims.publication_id = {{ publication_id() }} and claims.is_passed_over
                )
            )
        order by 1, 2
    {%- endset -%}
    {{ return(ask(query, ref('int_claims'))) }}
{% endmacro %}

{# The published files that are evaluated again as a whole, whose rows are compared with what is published of them. #}
{% macro files_to_compare() %}
    {{ return(_files_or_feeds(ref('file_gate'), "verdict = 'passed' and is_published and is_read")) }}
{% endmacro %}

{# The files of a table of this build, or the feed alone where all of it is evaluated anew. #}
{% macro _files_or_feeds(relation, condition) %}
    {%- set query -%}
        select distinct
            feed,
            case when is_evaluated_anew then null else file_id end as file_id,
            case when is_evaluated_anew then null else cast(ingest_date as varchar) end as ingest_date
        from {{ relation }}
        where publication_id = {{ publication_id() }} and {{ condition }}
        order by 1, 2
    {%- endset -%}
    {{ return(ask(query, relation)) }}
{% endmacro %}

{# The files whose rows this build writes, as a whole or single ones. #}
{% macro files_to_write() %}
    {%- set query -%}
        select distinct
            feed,
            case when is_evaluated_anew then null else file_id end as file_id,
            case when is_evaluated_anew then null else cast(ingest_date as varchar) end as ingest_date
        from {{ ref('int_file_scopes') }}
        where publication_id = {{ publication_id() }} and (is_whole or rows_changed > 0)
        union
        select feed, file_id, cast(ingest_date as varchar)
        from {{ ref('int_row_outcomes') }}
        where publication_id = {{ publication_id() }} and is_changed
        order by 1, 2
    {%- endset -%}
    {{ return(ask(query, ref('int_file_scopes'))) }}
{% endmacro %}

{# The published files of which this build evaluated single rows again. #}
{% macro files_with_changed_rows() %}
    {%- set query -%}
        select distinct feed, file_id, cast(ingest_date as varchar) as ingest_date
        from {{ ref('int_row_outcomes') }}
        where publication_id = {{ publication_id() }} and is_changed
        order by 1, 2
    {%- endset -%}
    {{ return(ask(query, ref('int_row_outcomes'))) }}
{% endmacro %}

{#
    The files that this build, or in `dbt test` the last publication, evaluated as a whole, as its record has them; a feed with many
    of them is read without a list.
#}
{% macro files_evaluated() %}
    {%- set query -%}
        select feed, file_id, ingest_date
        from {{ ref('file_evaluations') }}
        where publication_id = {{ publication_id() }} and verdict = 'passed' and kind = 'file'
    {%- endset -%}
    {{ return(_files_or_large_feeds(query, ref('file_evaluations'))) }}
{% endmacro %}

{# The files of rows on which something was ever decided, and of rows that correct one; a feed with many of them is read without a list. #}
{% macro files_of_decided_rows() %}
    {%- set query -%}
        select distinct files.feed, files.file_id, files.ingest_date
        from {{ ref('stg_files') }} as files
        inner join {{ ref('stg_decisions') }} as decisions
            on files.file_id in (decisions.file_id, decisions.corrected_by_file_id)
        where decisions.row_number is not null
    {%- endset -%}
    {{ return(_files_or_large_feeds(query, ref('stg_decisions'))) }}
{% endmacro %}

{# The files of a query that gives each once, or the feed alone where it has so many that a statement has no room for them. #}
{% macro _files_or_large_feeds(query, relation) %}
    {%- set limited -%}
        select distinct
            feed,
            case when files > 1000 then null else file_id end as file_id,
            case when files > 1000 then null else cast(ingest_date as varchar) end as ingest_date
        from (
            select feed, file_id, ingest_date, count(*) over (partition by feed) as files
            from ({{ query }}) as listed
        ) as counted
        order by 1, 2
    {%- endset -%}
    {{ return(ask(limited, relation)) }}
{% endmacro %}

{# SQL condition: the row is of one of these files. The files are literals, so that no other part of a raw table is read. #}
{% macro of_files(files, alias) %}
    {%- set feeds = files | selectattr(1, 'none') | map(attribute=0) | unique | list -%}
    {%- set listed = files | rejectattr(1, 'none') | list -%}
    {%- set conditions = [] -%}
    {%- if feeds -%}
        {%- do conditions.append(alias ~ '.feed in (' ~ _literals(feeds) ~ ')') -%}
    {%- endif -%}
    {%- if listed -%}
        {%- do conditions.append('(' ~ alias ~ '.file_id in (' ~ _literals(listed | map(attribute=1) | list) ~ ') and ' ~ alias
            ~ '.ingest_date in (' ~ _literals(listed | map(attribute=2) | unique | list, 'date ') ~ '))') -%}
    {%- endif -%}
    {{ return('(' ~ conditions | join(' or ') ~ ')' if conditions else 'false') }}
{% endmacro %}

{% macro _literals(texts, type='') %}
    {%- set literals = [] -%}
    {%- for text in texts -%}
        {%- do literals.append(type ~ sql_text(text)) -%}
    {%- endfor -%}
    {{ return(literals | join(', ')) }}
{% endmacro %}
