{#
    The staged rows of every feed: of the open runs only where `only_open`, else of every run taken up. A feed without an
    open run is not read at all.
#}
{% macro staged_rows(only_open) %}
    {%- for feed in var('feeds') %}
    select
        {{ canonical_columns() | join(',\n        ') }}
    from {{ ref('stg_' ~ feed) }}
    {% if only_open -%}
    where {{ is_open_run(feed=feed, partitioned=true, to_judge=true) }}
    {% else -%}
    where run_id in (select run_id from {{ ref('int_run_order') }})
    {% endif -%}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
