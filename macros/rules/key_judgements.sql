{#
    What the business key of each row says of it: `run_id`, `row_number` and `code`, which is NULL, or
    DUPLICATE_TRANSACTION_ID for a row that is there already, or CONFLICTING_TRANSACTION_ID for one that contradicts another;
    `is_repeated` is true where an earlier run brought the same content, which was not accepted if the row contradicts another.
    Rows that share their key with none are left out.

    Against a row that was accepted before, equal content is a duplicate and other content a conflict. Without one, the first
    row of the first run that does not contradict itself is accepted and the others are compared with it; in a run that
    contradicts itself, and comes before, no row is to be trusted.

    `candidates` has feed, business_key, scope (keys are compared within one), is_refused (by its rules: such a row is
    compared with those of its content only), row_hash, run_id, row_number and commit_order; `known_before` the first five of
    these, at most one row that was accepted per key, and at most one per content that was not.
#}
{% macro key_judgements(candidates, known_before) %}
    {%- set key = ['feed', 'business_key', 'scope'] -%}
    {%- set key_columns = key | join(', ') -%}
    with

    contested_keys as (
        select {{ key_columns }} from {{ candidates }} as candidates group by {{ key_columns }} having count(*) > 1
        union
        select {{ key_columns }} from {{ known_before }} as known_before
    ),

    -- Few rows share a key with another one; only they are compared.
    contested as (
        select
            candidates.*,
            case when candidates.is_refused then candidates.row_hash else '' end as compared_as,
            case when candidates.is_refused then refused_before.row_hash else accepted_before.row_hash end as hash_before,
            refused_before.row_hash is not null as was_refused
        from {{ candidates }} as candidates
        inner join contested_keys
            on {{ same(key, 'candidates', 'contested_keys') }}
        left join {{ known_before }} as accepted_before
            on {{ same(key, 'candidates', 'accepted_before') }}
                and not accepted_before.is_refused
        left join {{ known_before }} as refused_before
            on {{ same(key + ['row_hash'], 'candidates', 'refused_before') }}
                and refused_before.is_refused
    ),

    compared as (
        select
            *,
            min(row_hash) over (partition by {{ key_columns }}, compared_as, run_id)
            <> max(row_hash) over (partition by {{ key_columns }}, compared_as, run_id) as run_disagrees,
            min(commit_order) over (partition by {{ key_columns }}, row_hash) < commit_order as came_before
        from contested
    ),

    ranked as (
        select
            *,
            row_number() over (by_key) as position,
            first_value(run_disagrees) over (by_key) as every_run_disagrees,
            first_value(row_hash) over (by_key) as first_hash,
            first_value(commit_order) over (by_key) as first_commit_order
        from compared
        window by_key as (partition by {{ key_columns }}, compared_as order by run_disagrees, commit_order, row_number)
    )

    select
        run_id,
        row_number,
        case
            when hash_before = row_hash then 'DUPLICATE_TRANSACTION_ID'
            when hash_before is not null then 'CONFLICTING_TRANSACTION_ID'
            when every_run_disagrees or commit_order < first_commit_order then 'CONFLICTING_TRANSACTION_ID'
            when position = 1 then null
            when row_hash = first_hash then 'DUPLICATE_TRANSACTION_ID'
            else 'CONFLICTING_TRANSACTION_ID'
        end as code,
        came_before or was_refused as is_repeated
    from ranked
{% endmacro %}
