-- The months with entries or known balances of the accounts that this build closes again, and their checkpoints: where
-- balances are stated or known they are closed by days, all others by movements.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
with

feed_months as (
    {{ rows_of(ref('int_feed_months')) }}
),

months_of_days as (

    select
        days.{{ account_month | join(', days.') }},
        min_by(days.opening_balance, days.booking_date) as opening_balance,
        sum(days.movement) as movement,
        sum(days.break_amount) as break_amount,
        max_by(days.closing_balance, days.booking_date) as balance,
        sum(days.entry_count) as entry_count,
        -- What is known of a month's last day is all that its balance needs.
        case
            when bool_or(days.basis = 'computed') and max_by(days.decided_by, days.booking_date) <> 'known'
                then 'computed'
            else 'stated'
        end as basis,
        -- Before the first stated or known balance of an account nothing proves what it opened on.
        max_by(days.decided_by, days.booking_date) <> 'undecided'
        and not bool_or(days.is_contradicted)
        and not bool_or(abs(days.break_amount) > feed_months.balance_tolerance)
        and max_by(days.has_stated_day, days.booking_date) as is_proven,
        -- All that day_breaks says of a day, so that a month of which any of it differs gets another version.
        nullif({{ dbt.listagg(
            "case when abs(days.break_amount) > feed_months.balance_tolerance or days.decided_by = 'undecided'"
            ~ " or days.is_contradicted then"
            ~ " cast(days.booking_date as varchar) || ' ' || cast(days.opening_balance as varchar)"
            ~ " || ' + ' || cast(days.movement as varchar) || ' + ' || cast(days.break_amount as varchar)"
            ~ " || ', tolerance ' || cast(feed_months.balance_tolerance as varchar) || ', ' || days.decided_by"
            ~ " || case when days.is_contradicted then ', contradicted' else '' end end",
            "'; '", 'order by days.booking_date'
        ) }}, '') as breaks,
        max_by(days.is_settled, days.booking_date) as is_settled,
        max_by(days.has_certain_day, days.booking_date) as has_certain_day
    from {{ ref('int_daily_closings') }} as days
    inner join feed_months
        on days.feed = feed_months.feed
    where days.publication_id = {{ publication_id() }}
    group by days.{{ account_month | join(', days.') }}

),

movements as (

    select
        {{ account | join(', ') }},
        booking_month as month,
        sum(amount) as movement,
        count(*) as entry_count
    from {{ ref('int_entries_to_close') }}
    where publication_id = {{ publication_id() }}
        and not is_closed_by_days
    group by {{ account | join(', ') }}, booking_month

)

select
    {{ account_month | join(', ') }},
    opening_balance,
    movement,
    break_amount,
    balance,
    entry_count,
    basis,
    is_proven,
    breaks,
    is_settled,
    has_certain_day,
    cast(null as date) as known_month
from months_of_days
union all
-- Summed up from the checkpoint on. Nobody knows what such an account held before its first entry, so it is not proven,
-- unless its contract says that it held nothing.
select
    movements.{{ account_month | join(', movements.') }},
    cast(null as decimal(38, 4)) as opening_balance,
    movement,
    0 as break_amount,
    cast(null as decimal(38, 4)) as balance,
    entry_count,
    'computed' as basis,
    feed_months.opens_on_zero as is_proven,
    cast(null as varchar) as breaks,
    true as is_settled,
    feed_months.opens_on_zero as has_certain_day,
    cast(null as date) as known_month
from movements
inner join feed_months
    on movements.feed = feed_months.feed
union all
select
    {{ account | join(', ') }},
    checkpoint_month as month,
    cast(null as decimal(38, 4)) as opening_balance,
    checkpoint_balance as movement,
    0 as break_amount,
    checkpoint_balance as balance,
    0 as entry_count,
    basis,
    is_proven,
    cast(null as varchar) as breaks,
    true as is_settled,
    has_certain_day,
    known_month
from {{ ref('int_accounts_to_close') }}
where publication_id = {{ publication_id() }}
    and checkpoint_balance is not null
