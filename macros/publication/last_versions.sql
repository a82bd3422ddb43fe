{#
    Select of the month-ends as the publications have left them: of each account-month the version that no later one replaced, one by
    one or as a whole feed. Months that are gone are left out. `not in` has DuckDB look up the few versions that are replaced; by an outer
    join it would hold all the others in memory.
#}
{% macro last_versions(versions, publications, publication_feeds) %}
    {%- set key = ['feed', 'account_id', 'currency', 'month'] -%}
    with of_feeds as (
        select
            feeds.publication_id,
            feeds.feed,
            publications.publication_number,
            max(case when feeds.is_republished then publications.publication_number end) over (
                partition by feeds.feed
            ) as republished_number
        from {{ publication_feeds }} as feeds
        inner join {{ publications }} as publications
            on feeds.publication_id = publications.publication_id
    ),

    replacing as (
        {{ replacing_versions(versions, publications) }}
    )

    select versions.*
    from {{ versions }} as versions
    inner join of_feeds
        on {{ same(['publication_id', 'feed'], 'versions', 'of_feeds') }}
            and of_feeds.publication_number >= coalesce(of_feeds.republished_number, 0)
    where not versions.is_gone
        and (versions.{{ (key + ['publication_id']) | join(', versions.') }}) not in (
            select {{ (key + ['previous_publication_id']) | join(', ') }} from replacing
        )
{% endmacro %}

{#
    Select of the versions that replace another one by themselves: which, and from when on. The second condition always holds: DuckDB
    takes the versions for fewer by it, which they are.
#}
{% macro replacing_versions(versions, publications) %}
    select
        versions.feed,
        versions.account_id,
        versions.currency,
        versions.month,
        versions.previous_publication_id,
        publications.publication_number,
        publications.published_at
    from {{ versions }} as versions
    inner join {{ publications }} as publications
        on versions.publication_id = publications.publication_id
    where versions.previous_publication_id is not null
        and versions.previous_publication_id <> versions.publication_id
{%- endmacro %}
