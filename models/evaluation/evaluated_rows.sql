-- What each row of the files that passed was found to be, with all reasons. Rows that contest no key and on which
-- nothing was decided are what their own rules say.
-- depends_on: {{ ref('stg_rows') }}
{%- set columns = canonical_columns() | join(', ')
    | replace('business_key', 'case when is_passed_over then null else business_key end as business_key') %}
{%- set changed_files = files_with_changed_rows() %}
with

gate as (

    select * from {{ ref('file_gate') }}
    where publication_id = {{ publication_id() }}
        and verdict = 'passed'
        and is_read

),

outcomes as (
    {{ rows_of(ref('int_row_outcomes')) }}
),

-- Of the files that are evaluated as a whole, and of those of which single rows are. A row that is passed over has no
-- key.
delivered as (

    select {{ columns }} from {{ ref('int_delivered_rows') }}
    where publication_id = {{ publication_id() }}
    {%- if changed_files %}
    union all
    select {{ columns }} from {{ ref('stg_rows') }} as delivered
    where {{ of_files(changed_files, 'delivered') }}
    {%- endif %}

),

evaluated as (

    select
        delivered.*,
        outcomes.key_code,
        outcomes.decision,
        outcomes.decided_at,
        coalesce(gate.is_withdrawn, outcomes.is_withdrawn, false) as is_withdrawn,
        coalesce(outcomes.has_failed_before, false) as has_failed_before,
        coalesce(outcomes.attempt_count, 1) as attempt_count,
        {{ array_length('delivered.rejection_reasons') }} > 0 as breaks_rules,
        case
            when gate.is_withdrawn then 'condemned'
            when outcomes.status is not null then outcomes.status
            when delivered.is_passed_over then 'passed_over'
            when {{ array_length('delivered.rejection_reasons') }} > 0 then 'quarantined'
            else 'accepted'
        end as status
    from delivered
    left join gate
        on delivered.file_id = gate.file_id
    left join outcomes
        on delivered.file_id = outcomes.file_id
            and delivered.row_number = outcomes.row_number
    where gate.file_id is not null or outcomes.is_changed

)

select
    *,
    case
        when status in ('accepted', 'passed_over') then rejection_reasons
        else
            rejection_reasons || {{ compact_array([
                'key_code',
                "case when is_withdrawn then 'FILE_WITHDRAWN' end",
                "case when not is_withdrawn and decision = 'condemn' then 'CONDEMNED' end",
                "case when not is_withdrawn and decision = 'correct' then 'CORRECTED' end",
                "case when has_failed_before then 'DUPLICATE_FAILURE' end",
                "case when status = 'condemned' and not is_withdrawn and coalesce(decision, 'release') = 'release'"
                ~ " and attempt_count >= 3 then 'MAX_ATTEMPTS' end",
            ]) }}
    end as reasons
from evaluated
