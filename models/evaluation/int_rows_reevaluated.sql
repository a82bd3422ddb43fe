-- The rows of published files that are evaluated again as a whole, and that are found to be something else now. Of
-- reference data, where other code evaluates it, every row is written without being compared.
{%- set entry = [
    'business_key', 'transaction_id', 'account_id', 'amount', 'currency', 'booked_at', 'booking_date', 'balance_after', 'row_hash',
] %}
{%- set verdict = ['rejection_details', 'attempt_count', 'decision', 'decided_at', 'raw_record', 'extra_fields'] %}
with

published_files as (

    select
        gate.file_id,
        feeds.kind
    from {{ ref('file_gate') }} as gate
    inner join {{ ref('int_feeds') }} as feeds
        on gate.feed = feeds.feed
            and feeds.publication_id = {{ publication_id() }}
            and (feeds.kind = 'entries' or not gate.is_evaluated_anew)
    where gate.publication_id = {{ publication_id() }}
        and gate.verdict = 'passed'
        and gate.is_published
        and gate.is_read

)

select
    {{ publication_id() }} as publication_id,
    evaluated.feed,
    evaluated.file_id,
    evaluated.row_number,
    coalesce(set_aside.status, 'accepted') as previous_status,
    evaluated.status
from {{ ref('evaluated_rows') }} as evaluated
inner join published_files
    on evaluated.file_id = published_files.file_id
left join {{ ref('earlier_accepted_rows') }} as accepted
    on evaluated.file_id = accepted.file_id
        and evaluated.row_number = accepted.row_number
left join {{ ref('earlier_set_aside_rows') }} as set_aside
    on evaluated.file_id = set_aside.file_id
        and evaluated.row_number = set_aside.row_number
where {{ of_files(files_to_compare(), 'evaluated') }}
    and not (
        case
            when evaluated.status = 'accepted' and published_files.kind = 'reference' then set_aside.file_id is null
            when evaluated.status = 'accepted'
                then accepted.file_id is not null
                    {%- for column in entry %}
                    and evaluated.{{ column }} is not distinct from accepted.{{ column }}
                    {%- endfor %}
            else
                set_aside.file_id is not null
                and evaluated.status = set_aside.status
                and evaluated.reasons is not distinct from set_aside.rejection_reasons
                {%- for column in entry %}
                and evaluated.{{ column }} is not distinct from set_aside.{{ column }}
                {%- endfor %}
                {%- for column in verdict %}
                and evaluated.{{ column }} is not distinct from set_aside.{{ column }}
                {%- endfor %}
        end
    )
