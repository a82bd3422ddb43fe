-- Each row that came through the gate stands in the one table of its status, with the content that was classified.
{%- set places = {
    'fct_ledger_entries': 'accepted',
    'account_records': 'accepted',
    'int_quarantined_entries': 'quarantined',
    'int_condemned_entries': 'condemned',
    'duplicate_entries': 'duplicate',
} %}

with

classified as (

    select rows_of.*
    from {{ ref('int_entries_classified') }} as rows_of
    inner join {{ ref('run_gate') }} as gate
        on rows_of.run_id = gate.run_id
            and gate.verdict = 'passed'
    where {{ rows_to_test('rows_of.run_id') }}

),

published as (
    {% for place, status in places.items() %}
    select
        run_id,
        row_number,
        '{{ status }}' as status,
        row_hash,
        account_id,
        currency,
        {{ 'amount' if place != 'account_records' else 'cast(null as decimal(24, 4))' }} as amount,
        {{ 'booking_date' if place != 'account_records' else 'cast(null as date)' }} as booking_date
    from {{ ref(place) }}
    where {{ rows_to_test() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    coalesce(classified.run_id, published.run_id) as run_id,
    coalesce(classified.row_number, published.row_number) as row_number,
    classified.status,
    published.status as published_as
from classified
full outer join published
    on classified.run_id = published.run_id
        and classified.row_number = published.row_number
where classified.status is distinct from published.status
    or classified.row_hash is distinct from published.row_hash
    or classified.account_id is distinct from published.account_id
    or classified.currency is distinct from published.currency
    or classified.amount is distinct from published.amount
    or classified.booking_date is distinct from published.booking_date
