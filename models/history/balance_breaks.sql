-- The days on which the bank's balances and its entries do not agree, or whose order is undecided, and the files whose
-- entries do not lead from the opening balance that they state to the closing balance.
with

tolerances as (

    select
        feeds.feed,
        max_by(feeds.balance_tolerance, publications.publication_number) as tolerance
    from {{ ref('publication_feeds') }} as feeds
    inner join {{ ref('publications') }} as publications
        on feeds.publication_id = publications.publication_id
    group by feeds.feed

)

select
    breaks.feed,
    breaks.account_id,
    breaks.currency,
    breaks.booking_date,
    breaks.opening_balance,
    breaks.movement,
    breaks.closing_balance,
    breaks.break_amount,
    breaks.tolerance,
    breaks.kind,
    cast(null as varchar) as file_id
from {{ ref('day_breaks') }} as breaks
inner join {{ ref('month_end_balances') }} as balances
    on {{ same(['feed', 'account_id', 'currency', 'month', 'publication_id'], 'breaks', 'balances') }}
union all
select
    stated.feed,
    stated.account_id,
    stated.currency,
    stated.day as booking_date,
    stated.file_opening as opening_balance,
    stated.file_movement as movement,
    stated.balance as closing_balance,
    stated.balance - stated.file_opening - stated.file_movement as break_amount,
    tolerances.tolerance,
    'file_does_not_add_up' as kind,
    stated.file_id
from {{ ref('bank_balances') }} as stated
inner join tolerances
    on stated.feed = tolerances.feed
where abs(stated.balance - stated.file_opening - stated.file_movement) > tolerances.tolerance
