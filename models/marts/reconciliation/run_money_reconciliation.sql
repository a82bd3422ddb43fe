with

{% set published = ['fct_ledger_entries', 'int_quarantined_entries', 'int_condemned_entries', 'duplicate_entries'] -%}
delivered as (

    select * from {{ ref('int_run_money') }}
    where run_id in (
            select run_id from {{ ref('run_gate') }}
            where verdict = 'passed'
        )
        {% if is_incremental() -%}
        and {{ is_open_run() }}
        {%- endif %}

),

published as (
    {% for model in published %}
    select
        run_id,
        coalesce(currency, '') as currency,
        '{{ model }}' as place,
        sum(amount) as amount
    from {{ ref(model) }}
    where amount is not null
        {% if is_incremental() -%}
        and {{ is_open_run() }}
        {%- endif %}
    group by run_id, coalesce(currency, '')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

placed as (

    select
        run_id,
        currency,
        {% for model in published -%}
        sum(case when place = '{{ model }}' then amount else 0 end) as {{ model }},
        {% endfor -%}
        sum(amount) as amount_published
    from published
    group by run_id, currency

)

select
    coalesce(delivered.run_id, placed.run_id) as run_id,
    coalesce(delivered.currency, placed.currency) as currency,
    coalesce(delivered.amount_delivered, 0) as amount_delivered,
    cast(coalesce(placed.fct_ledger_entries, 0) as decimal(38, 4)) as amount_accepted,
    cast(coalesce(placed.int_quarantined_entries, 0) as decimal(38, 4)) as amount_quarantined,
    cast(coalesce(placed.int_condemned_entries, 0) as decimal(38, 4)) as amount_condemned,
    cast(coalesce(placed.duplicate_entries, 0) as decimal(38, 4)) as amount_duplicate,
    cast(coalesce(delivered.amount_delivered, 0) - coalesce(placed.amount_published, 0) as decimal(38, 4)) as difference
from delivered
full outer join placed
    on delivered.run_id = placed.run_id
        and delivered.currency = placed.currency
