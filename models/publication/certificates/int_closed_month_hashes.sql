-- Per month to be certified the hashes of what it was closed on: of the files and decisions that the close knew, and of
-- its balances. They hash sorted hashes, in 4,096 lists, so that no list grows too long; anyone can work them out again
-- from these columns.
{%- set file = ['feed', 'sha256', "coalesce(decision, '')"] %}
{%- set decision = [
    'decisions.file_id', 'cast(decisions.row_number as varchar)', 'decisions.decision', 'decisions.decided_at',
    "coalesce(decisions.corrected_by_file_id, '')", "coalesce(cast(decisions.corrected_by_row_number as varchar), '')",
] %}
{%- set balance = [
    'feed', 'account_id', 'currency', 'cast(balance as varchar)', 'basis',
    "case when is_proven then 'proven' else 'unproven' end",
] %}
with

texts as (

    select
        month,
        'inputs' as part,
        {{ file | join(' || chr(31) || ') }} as content
    from {{ ref('int_closed_files') }}
    where publication_id = {{ publication_id() }}
        and is_known
    union all
    select
        closed_months.month,
        'inputs' as part,
        {{ decision | join(' || chr(31) || ') }} as content
    from {{ ref('decisions') }} as decisions
    inner join {{ ref('int_publications_so_far') }} as publications
        on decisions.publication_id = publications.publication_id
    inner join {{ ref('int_months_to_certify') }} as closed_months
        on publications.publication_number <= closed_months.closed_on_number
            and closed_months.publication_id = {{ publication_id() }}
    where decisions.seed = 'row_decisions'
    union all
    select
        month,
        'balances' as part,
        {{ balance | join(' || chr(31) || ') }} as content
    from {{ ref('int_closed_balances') }}
    where publication_id = {{ publication_id() }}
        and version_id is not null

),

lists as (

    select
        month,
        part,
        substr(sha256, 1, 3) as prefix,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by sha256')) }} as sha256
    from (
        select
            month,
            part,
            {{ sha256_hex('content') }} as sha256
        from texts
    ) as hashed
    group by month, part, substr(sha256, 1, 3)

)

select
    month,
    part,
    {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by prefix')) }} as sha256
from lists
group by month, part
