-- The opening balances of accounts that this build took into account for the first time, as they are in their seed.
select
    {{ publication_id() }} as publication_id,
    openings.feed,
    openings.account_id,
    openings.currency,
    openings.as_of,
    openings.balance,
    openings.source,
    openings.decided_by,
    openings.decided_at
from {{ ref('stg_opening_balances') }} as openings
left join {{ ref('earlier_openings') }} as earlier
    on {{ same(['feed', 'account_id', 'currency', 'decided_at'], 'openings', 'earlier') }}
where earlier.feed is null
