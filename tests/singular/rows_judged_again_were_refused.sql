-- A row is judged again only while its last judgement has refused it.
with

judgements as (

    select
        origin_run_id,
        origin_row_number,
        known_at,
        status
    from {{ ref('rejudged_entries') }}
    {% for model in ['int_quarantined_entries', 'int_condemned_entries'] -%}
    union all
    select
        origin_run_id,
        origin_row_number,
        known_at,
        'refused' as status
    from {{ ref(model) }}
    where run_id = origin_run_id
    {% endfor %}
),

in_order as (

    select
        *,
        lag(status) over (partition by origin_run_id, origin_row_number order by known_at) as status_before
    from judgements

)

select
    rejudged.origin_run_id,
    rejudged.origin_row_number,
    rejudged.run_id,
    in_order.status_before
from {{ ref('rejudged_entries') }} as rejudged
left join in_order
    on rejudged.origin_run_id = in_order.origin_run_id
        and rejudged.origin_row_number = in_order.origin_row_number
        and rejudged.known_at = in_order.known_at
where coalesce(in_order.status_before, 'accepted') in ('accepted', 'duplicate')
    and {{ rows_to_test('rejudged.run_id') }}
