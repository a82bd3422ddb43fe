-- Per month to be certified the hashes of what it was closed on: of the files and decisions that the close knew, and of
-- its balances. They hash sorted hashes, in 4,096 lists, so that no list grows too long; anyone can work them out again
-- from these columns.
{%- set decided = [
    'file_id', 'row_number', 'decision', 'decided_at', 'corrected_by_file_id', 'corrected_by_row_number',
] %}
with

closed_months as (

    select * from {{ ref('int_closed_months') }}
    where publication_id = {{ publication_id() }}
        and is_certified_anew

),

decisions as (

    select decisions.{{ decided | join(', decisions.') }}, publications.publication_number
    from {{ ref('earlier_decisions') }} as decisions
    inner join {{ ref('earlier_publications') }} as publications
        on decisions.publication_id = publications.publication_id
    where decisions.seed = 'row_decisions'
    union all
    select decisions.{{ decided | join(', decisions.') }}, this_build.publication_number
    from {{ ref('decisions') }} as decisions
    inner join {{ ref('int_this_build') }} as this_build
        on decisions.publication_id = this_build.publication_id
    where decisions.publication_id = {{ publication_id() }}
        and decisions.seed = 'row_decisions'

),

texts as (

    select
        month,
        'inputs' as part,
        feed || chr(31) || sha256 || chr(31) || coalesce(decision, '') as content
    from {{ ref('int_closed_files') }}
    where publication_id = {{ publication_id() }}
        and is_known
    union all
    select
        closed_months.month,
        'inputs' as part,
        decisions.file_id || chr(31) || cast(decisions.row_number as varchar) || chr(31) || decisions.decision
        || chr(31) || decisions.decided_at || chr(31) || coalesce(decisions.corrected_by_file_id, '')
        || chr(31) || coalesce(cast(decisions.corrected_by_row_number as varchar), '') as content
    from decisions
    inner join closed_months
        on decisions.publication_number <= closed_months.closed_on_number
    union all
    select
        month,
        'balances' as part,
        feed || chr(31) || account_id || chr(31) || currency || chr(31) || cast(balance as varchar) || chr(31) || basis
        || chr(31) || case when is_proven then 'proven' else 'unproven' end as content
    from {{ ref('int_closed_balances') }}
    where publication_id = {{ publication_id() }}
        and version_id is not null

),

hashed as (

    select
        month,
        part,
        {{ sha256_hex('content') }} as sha256
    from texts

),

lists as (

    select
        month,
        part,
        substr(sha256, 1, 3) as prefix,
        {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by sha256')) }} as sha256
    from hashed
    group by month, part, substr(sha256, 1, 3)

)

select
    month,
    part,
    {{ sha256_hex(dbt.listagg('sha256', "' '", 'order by prefix')) }} as sha256
from lists
group by month, part
