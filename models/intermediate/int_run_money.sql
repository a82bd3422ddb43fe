with

entries as (
    {{ staged_rows(only_open=is_incremental()) }}
),

delivered as (

    select
        run_id,
        coalesce(currency, '') as currency,
        sum(amount) as amount_delivered
    from entries
    where amount is not null
    group by run_id, coalesce(currency, '')

),

classified as (

    select
        run_id,
        coalesce(currency, '') as currency,
        sum(amount) as amount_classified
    from {{ ref('int_entries_classified') }}
    where amount is not null
        {% if is_incremental() -%}
        and {{ is_open_run() }}
        {%- endif %}
    group by run_id, coalesce(currency, '')

)

select
    coalesce(delivered.run_id, classified.run_id) as run_id,
    coalesce(delivered.currency, classified.currency) as currency,
    cast(coalesce(delivered.amount_delivered, 0) as decimal(38, 4)) as amount_delivered,
    cast(coalesce(classified.amount_classified, 0) as decimal(38, 4)) as amount_classified
from delivered
full outer join classified
    on delivered.run_id = classified.run_id
        and delivered.currency = classified.currency
