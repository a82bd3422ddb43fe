-- The month-ends of the accounts that this build closes again, quiet months included, and of the others the months by
-- which the report of their feed has grown.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set feed_months = ref('int_feed_months') %}
{%- set kept = account_month + [
    'opening_balance', 'movement', 'break_amount', 'entry_count', 'basis', 'is_proven', 'breaks', 'is_settled',
    'has_certain_day', 'known_month',
] %}
{%- set grown = [] %}
{%- for row in ask(
    'select distinct cast(previous_last_month as varchar) from ' ~ feed_months
    ~ ' where publication_id = ' ~ publication_id()
    ~ ' and last_month > previous_last_month and not is_closed_anew', feed_months
) %}
{%- do grown.append("date '" ~ row[0] ~ "'") %}
{%- endfor %}
with

feed_months as (
    {{ rows_of(feed_months) }}
),

-- A quiet month carries the balance on.
until_next_entry as (

    select
        {% for column in kept -%}
        closed.{{ column }},
        {% endfor -%}
        coalesce(closed.balance, sum(closed.movement) over (by_account)) as balance,
        coalesce(cast(lead(closed.month) over (by_account) - interval '1' month as date), feed_months.last_month)
            as last_quiet_month,
        {{ last_known('case when closed.is_settled then closed.month end', 'by_account') }} as settled_month,
        {{ last_known('case when closed.is_settled then closed.balance end', 'by_account') }} as settled_balance,
        {{ last_known('case when closed.is_settled then closed.has_certain_day end', 'by_account') }}
            as settled_has_certain_day,
        min(closed.month) over (by_account) as first_month
    from {{ ref('int_months_closed') }} as closed
    inner join feed_months
        on closed.feed = feed_months.feed
    window by_account as (partition by closed.{{ account | join(', closed.') }} order by closed.month)

),

computed as (

    select
        {{ account | join(', ') }},
        spine.month,
        case
            when
                spine.month = entries.month
                then coalesce(entries.opening_balance, entries.balance - entries.movement)
            else entries.balance
        end
            as opening_balance,
        case when spine.month = entries.month then entries.movement else 0 end as movement,
        case when spine.month = entries.month then entries.break_amount else 0 end as break_amount,
        entries.balance,
        case when spine.month = entries.month then entries.entry_count else 0 end as entry_count,
        entries.basis,
        entries.is_proven,
        case when spine.month = entries.month then entries.breaks end as breaks,
        -- NULL where the month-end is a checkpoint itself.
        case
            when not entries.is_settled
                then coalesce(entries.settled_month, cast(entries.first_month - interval '1' month as date))
        end as checkpoint_month,
        case when not entries.is_settled then entries.settled_balance end as checkpoint_balance,
        case
            when entries.is_settled then entries.has_certain_day
            else coalesce(entries.settled_has_certain_day, false)
        end as has_certain_day
    from until_next_entry as entries
    {{ unnest_months('entries.month', 'entries.last_quiet_month', 'spine') }}
    -- Of a checkpoint, the quiet months that are published stand.
    where entries.known_month is null or spine.month > entries.known_month

),

carried as (

    select
        month_ends.{{ account | join(', month_ends.') }},
        spine.month,
        month_ends.balance as opening_balance,
        0 as movement,
        0 as break_amount,
        month_ends.balance,
        0 as entry_count,
        month_ends.basis,
        month_ends.is_proven,
        cast(null as varchar) as breaks,
        month_ends.checkpoint_month,
        month_ends.checkpoint_balance,
        month_ends.has_certain_day
    from {{ ref('earlier_month_ends') }} as month_ends
    inner join feed_months
        on month_ends.feed = feed_months.feed
            and month_ends.month = feed_months.previous_last_month
            and feed_months.previous_last_month < feed_months.last_month
    left join {{ ref('int_accounts_to_close') }} as accounts
        on {{ same(account, 'month_ends', 'accounts') }}
            and accounts.publication_id = {{ publication_id() }}
    {{ unnest_months("month_ends.month + interval '1' month", 'feed_months.last_month', 'spine') }}
    where accounts.feed is null
        and {{ 'month_ends.month in (' ~ grown | join(', ') ~ ')' if grown else 'false' }}

)

select
    {{ publication_id() }} as publication_id,
    {{ account_month | join(', ') }},
    cast(opening_balance as decimal(38, 4)) as opening_balance,
    cast(movement as decimal(38, 4)) as movement,
    cast(break_amount as decimal(38, 4)) as break_amount,
    cast(balance as decimal(38, 4)) as balance,
    cast(entry_count as bigint) as entry_count,
    cast(basis as varchar) as basis,
    is_proven,
    cast(breaks as varchar) as breaks,
    checkpoint_month,
    cast(checkpoint_balance as decimal(38, 4)) as checkpoint_balance,
    has_certain_day
from (
    select * from computed
    union all
    select * from carried
) as of_both
