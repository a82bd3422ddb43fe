{#
    Select of the moments (feed, known_at, kind) since which other rules hold, by the contracts, than published runs were judged
    by, since rows were last judged again for that reason. `gate` is run_gate; int_runs, which is built before it, gives none and
    reads it as the last build left it.
#}
{% macro changed_rules(gate=none) %}
    {%- set judged_by = gate if gate is not none else _relation_of('run_gate') -%}
    {%- if judged_by is none -%}
    select
        cast(null as varchar) as feed,
        cast(null as timestamp(6)) as known_at,
        'rules' as kind
    where false
    {%- else -%}
    select
        judged.feed,
        {{ rules_since('judged.feed') }} as known_at,
        'rules' as kind
    from {{ judged_by }} as judged
    left join (
        select feed, max(known_at) as known_at
        from {{ judged_by }}
        where kind = 'rules'
            and verdict = 'passed'
            and decision is distinct from 'withdraw'
        group by feed
    ) as replayed
        on judged.feed = replayed.feed
    where judged.verdict = 'passed'
        and judged.rules_hash <> {{ rules_hash('judged.feed') }}
        and (replayed.feed is null or judged.known_at >= replayed.known_at)
    group by judged.feed
    {%- endif %}
{% endmacro %}

{# SQL case over a feed column: since when its rules hold, in UTC, or NULL where the contract does not say so. #}
{%- macro rules_since(feed_column) -%}
    {{ utc_from_iso_offset(contract_value(feed_column, 'rules_since', 'varchar')) }}
{%- endmacro %}
