-- The rows of the files that this build evaluates, with what their keys are compared by: one narrow row per delivered
-- row, also of those that break rules and will claim nothing.
with

feeds as (
    {{ rows_of(ref('int_feeds')) }}
)

select
    {{ publication_id() }} as publication_id,
    delivered.feed,
    delivered.file_id,
    delivered.row_number,
    -- A row that is passed over claims no key.
    case when delivered.is_passed_over then null else delivered.business_key end as business_key,
    -- Reference data is replaced by each delivery, so its keys are compared within a file.
    case when feeds.kind = 'reference' then delivered.file_id else '' end as scope,
    {{ number_hash(
        "concat(delivered.feed, ' ', coalesce(delivered.business_key, ''), "
        ~ "case when feeds.kind = 'reference' then delivered.file_id else '' end)"
    ) }} as key_number,
    delivered.row_hash,
    delivered.delivered_amount,
    delivered.delivered_balance,
    delivered.delivered_currency,
    case when {{ array_length('delivered.rejection_reasons') }} > 0 then delivered.rejection_reasons end
        as rejection_reasons,
    {{ array_length('delivered.rejection_reasons') }} > 0 as breaks_rules,
    coalesce(delivered.is_passed_over, false) as is_passed_over
from {{ ref('int_delivered_rows') }} as delivered
inner join feeds
    on delivered.feed = feeds.feed
where delivered.publication_id = {{ publication_id() }}
