-- The figures of a published run are what the tables hold; malformed rows are where the manifest says.
{%- set places = {
    'fct_ledger_entries': 'rows_accepted',
    'account_records': 'rows_accepted',
    'int_quarantined_entries': 'rows_quarantined',
    'int_condemned_entries': 'rows_condemned',
    'duplicate_entries': 'rows_duplicate',
    'stg_malformed_rows': 'rows_malformed',
} %}
{%- set figures = places.values() | unique | list %}

with

rows_found as (
    {% for place, figure in places.items() %}
    select
        run_id,
        '{{ figure }}' as figure
    from {{ ref(place) }}
    where {{ rows_to_test() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

found as (

    select
        {% for figure in figures -%}
        count(*) filter (where figure = '{{ figure }}') as {{ figure }},
        {% endfor -%}
        run_id
    from rows_found
    group by run_id

)

select reconciled.run_id
from {{ ref('run_reconciliation') }} as reconciled
left join found
    on reconciled.run_id = found.run_id
where reconciled.verdict = 'published'
    and {{ rows_to_test('reconciled.run_id') }}
    and (
        {% for figure in figures -%}
        reconciled.{{ figure }} is distinct from coalesce(found.{{ figure }}, 0)
        {{ 'or' if not loop.last }}
        {% endfor -%}
    )
