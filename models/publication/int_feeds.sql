-- The feeds: the terms of their contracts, and whether other code evaluates or closes them now than did for the last
-- publication.
with

contracts as (
    {% for feed in feeds() %}
    {%- set terms = contract(feed).meta %}
    select
        cast({{ sql_text(feed) }} as varchar) as feed,
        cast({{ sql_text(terms.kind) }} as varchar) as kind,
        cast({{ sql_text(terms.time_zone) }} as varchar) as time_zone,
        cast({{ sql_text(terms.delivery_calendar) }} as varchar) as delivery_calendar,
        cast({{ terms.quarantine_limit }} as decimal(9, 6)) as quarantine_limit,
        cast(
            {{ terms.code_limit if terms.code_limit is not none and terms.code_limit is defined else 'null' }} as bigint
        )
            as code_limit,
        cast({{ sql_text(terms.balance_tolerance) }} as decimal(24, 4)) as balance_tolerance,
        cast({{ sql_text(terms.get('balance_stated') or 'after_entry') }} as varchar) as balance_stated,
        cast({{ sql_text(terms.get('positive') or 'in') }} as varchar) as positive,
        {{ 'true' if terms.get('opening_balance') == 'zero' else 'false' }} as opens_on_zero,
        cast({{ sql_text(evaluation_hash(feed)) }} as varchar) as evaluation_hash,
        cast({{ sql_text(balances_hash(feed)) }} as varchar) as balances_hash
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {{ publication_id() }} as publication_id,
    contracts.*,
    earlier.evaluation_hash as previous_evaluation_hash,
    earlier.balances_hash as previous_balances_hash,
    earlier.feed is not null
    and ({{ flags.FULL_REFRESH | lower }} or earlier.evaluation_hash <> contracts.evaluation_hash) as is_evaluated_anew,
    earlier.feed is not null
    and ({{ flags.FULL_REFRESH | lower }} or earlier.balances_hash <> contracts.balances_hash) as is_closed_anew
from contracts
left join {{ ref('earlier_feeds') }} as earlier
    on contracts.feed = earlier.feed
