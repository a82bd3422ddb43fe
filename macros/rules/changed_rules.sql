{#
    Select of the moments (feed, known_at, kind) since which other rules hold, by the contracts, than runs of `runs` were
    judged by, since rows were last judged again for that reason.
#}
{% macro changed_rules(runs) %}
    select
        judged.feed,
        {{ rules_since('judged.feed') }} as known_at,
        'rules' as kind
    from {{ runs }} as judged
    left join (
        select feed, max(known_at) as known_at
        from {{ runs }}
        where kind = 'rules'
            and run_id not in (
                select decisions.run_id from {{ ref('run_decisions') }} as decisions where decisions.decision = 'withdraw'
            )
        group by feed
    ) as replayed
        on judged.feed = replayed.feed
    where judged.rules_hash <> {{ rules_hash('judged.feed') }}
        and (replayed.feed is null or judged.known_at >= replayed.known_at)
    group by judged.feed
{% endmacro %}

{# SQL case over a feed column: since when its rules hold, in UTC, or NULL where the contract does not say so. #}
{%- macro rules_since(feed_column) -%}
    {{ utc_from_iso_offset(contract_value(feed_column, 'rules_since', 'varchar')) }}
{%- endmacro %}
