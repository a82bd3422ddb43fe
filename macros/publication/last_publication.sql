{# SQL condition: a row of a record is of the last publication, or, where everything is audited, of any. #}
{%- macro of_last_publication(alias) -%}
    {%- if var('audit_scope') == 'everything' -%}
        true
    {%- else -%}
        {{ alias }}.publication_id = (
            select max_by(last_one.publication_id, last_one.publication_number) from {{ ref('publications') }} as last_one
        )
    {%- endif -%}
{%- endmacro %}

{#
    SQL condition on the month of readers' views after a commit: `in` the months that this build published or closed. A build that
    published nothing compares the last month of each feed that a published file reaches, since only the views can be others. The
    months are literals, so that no other is read.
#}
{% macro in_months_to_compare() %}
    {%- set versions = ref('month_end_versions') -%}
    {%- set publications = ref('publications') -%}
    {%- set of_this_build = ask('select 1 from ' ~ publications ~ ' where publication_id = ' ~ publication_id(), publications) -%}
    {%- set months = ask(
        'select distinct cast(month as varchar) from ('
        ~ 'select month, publication_id from ' ~ versions ~ ' union select month, publication_id from ' ~ ref('closes')
        ~ ') as written where ' ~ of_last_publication('written'), versions
    ) if of_this_build or var('audit_scope') == 'everything' -%}
    {%- if not months -%}
        {%- set query -%}
            select distinct cast({{ month_of('last_booked_on') }} as varchar)
            from (
                select feed, max(last_booked_on) as last_booked_on
                from (
                    select files.feed, max_by(files.last_booked_on, publications.publication_number) as last_booked_on
                    from {{ ref('file_evaluations') }} as files
                    inner join {{ publications }} as publications
                        on files.publication_id = publications.publication_id
                    where files.verdict = 'passed'
                    group by files.feed, files.file_id
                ) as of_files
                group by feed
            ) as of_feeds
            where last_booked_on is not null
        {%- endset -%}
        {%- set months = ask(query, versions) -%}
    {%- endif -%}
    {{ return(in_months(months)) }}
{% endmacro %}

{#
    SQL condition: a row is of an account that is compared where a view only picks versions of a record: of each feed and currency a
    hundred, the restated ones of the last publication first, then those with the most versions, then by their ids, so that whoever asks
    twice compares the same. Of many feeds and currencies a thousand in all, since a statement has a limit of bytes. `make audit`
    compares all.
#}
{% macro of_accounts_to_compare(alias) %}
    {%- if var('audit_scope') == 'everything' -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set published -%}
        from {{ ref('month_end_versions') }} as versions
        inner join {{ ref('publications') }} as publications
            on versions.publication_id = publications.publication_id
        where not versions.is_gone
    {%- endset -%}
    {%- set last_months = ask(
        'select versions.feed, cast(max(versions.month) as varchar) ' ~ published ~ ' group by versions.feed', ref('month_end_versions')
    ) -%}
    {%- set query -%}
        select of_feed.account_id
        from (
            select min_by(
                versions.account_id,
                row(case when {{ of_last_publication('versions') }} then 0 else 1 end, -versions.version, versions.account_id),
                100
            ) as account_ids
            {{ published }}
                and (
                    {%- for feed, month in last_months %}
                    {{ 'or ' if not loop.first }}versions.feed = {{ sql_text(feed) }} and versions.month = date '{{ month }}'
                    {%- endfor %}
                )
            group by versions.feed, versions.currency
        ) as in_order
        cross join unnest(in_order.account_ids) with ordinality as of_feed (account_id, place)
        group by of_feed.account_id
        order by min(of_feed.place), of_feed.account_id
        limit 1000
    {%- endset -%}
    {%- set found = ask(query, ref('month_end_versions')) if last_months else [] -%}
    {{ return(in_texts(alias ~ '.account_id', found | map(attribute=0) | list)) }}
{% endmacro %}

{# SQL condition on a month: `in` the months that `ask` gave, as texts, in its first column; true of none where it gave none. #}
{% macro in_months(rows) %}
    {{ return('in (' ~ _literals(rows | map(attribute=0) | list, 'date ') ~ ')' if rows else 'is null') }}
{% endmacro %}

{# SQL condition: a column is one of the texts; true of none where there is none. #}
{% macro in_texts(column, texts) %}
    {{ return(column ~ ' in (' ~ _literals(texts) ~ ')' if texts else 'false') }}
{% endmacro %}
