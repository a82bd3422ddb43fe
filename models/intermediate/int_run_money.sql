{%- set replays = open_replays() %}
with

entries as (
    {{ staged_rows(only_open=is_incremental()) }}
),

classified as (

    select
        run_id,
        origin_run_id,
        origin_row_number,
        coalesce(currency, '') as currency,
        amount
    from {{ ref('int_entries_classified') }}
    {% if is_incremental() -%}
    where {{ is_open_run(to_judge=true) }}
    {%- endif %}

),

{% if replays -%}
replayed as (
    select * from entries
    {% if is_incremental() -%}
    union all
    {{ replayed_rows() }}
    {%- endif %}
),
{%- endif %}

-- A replay delivers the rows that it judges again, as they stand in their files.
brought as (

    select
        run_id,
        currency,
        amount
    from entries
    {% if replays -%}
    union all
    select
        classified.run_id,
        replayed.currency,
        replayed.amount
    from classified
    inner join replayed
        on classified.origin_run_id = replayed.run_id
            and classified.origin_row_number = replayed.row_number
    where classified.run_id <> classified.origin_run_id
    {%- endif %}

),

delivered as (

    select
        run_id,
        coalesce(currency, '') as currency,
        sum(amount) as amount_delivered
    from brought
    where amount is not null
    group by run_id, coalesce(currency, '')

),

summed as (

    select
        run_id,
        currency,
        sum(amount) as amount_classified
    from classified
    where amount is not null
    group by run_id, currency

)

select
    coalesce(delivered.run_id, summed.run_id) as run_id,
    coalesce(delivered.currency, summed.currency) as currency,
    cast(coalesce(delivered.amount_delivered, 0) as decimal(38, 4)) as amount_delivered,
    cast(coalesce(summed.amount_classified, 0) as decimal(38, 4)) as amount_classified
from delivered
full outer join summed
    on delivered.run_id = summed.run_id
        and delivered.currency = summed.currency
