-- The accounts that this build closes again, and the month-end from which each is carried on (its checkpoint): the last
-- published one, before its first change, that no new entry can change. Where a feed is closed anew it is every
-- account, from nothing; so is an account of which no balance was known yet: the first one that is changes all months
-- before it.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set months = [] %}
{%- for row in ask(
    'select distinct cast('
    ~ 'least(months.previous_last_month, cast(touched.first_month - interval \'1\' month as date)) as varchar)'
    ~ ' from ' ~ ref('int_feed_months') ~ ' as months'
    ~ ' inner join ' ~ ref('int_touched_accounts') ~ ' as touched on months.feed = touched.feed'
    ~ ' where months.publication_id = ' ~ publication_id() ~ ' and touched.publication_id = ' ~ publication_id()
    ~ ' and months.previous_last_month is not null', ref('int_touched_accounts')
) %}
{%- do months.append("date '" ~ row[0] ~ "'") %}
{%- endfor %}
with

feed_months as (
    {{ rows_of(ref('int_feed_months')) }}
),

accounts as (

    select
        touched.{{ account | join(', touched.') }},
        cast(touched.first_month - interval '1' month as date) as month_before,
        feed_months.previous_last_month,
        touched.is_by_balance
    from {{ ref('int_touched_accounts') }} as touched
    inner join feed_months
        on touched.feed = feed_months.feed
            and not feed_months.is_closed_anew
    where touched.publication_id = {{ publication_id() }}

),

with_balances as (

    select distinct {{ account | join(', ') }} from {{ ref('int_known_balances') }}

),

anew as (

    select {{ account | join(', ') }} from {{ ref('int_touched_accounts') }}
    where publication_id = {{ publication_id() }}
        and feed in (
            select feed_months.feed from feed_months
            where feed_months.is_closed_anew
        )
    union
    select {{ account | join(', ') }} from {{ ref('earlier_month_ends') }}
    where feed in (
            select feed_months.feed from feed_months
            where feed_months.is_closed_anew
        )

),

-- Every known account has a month-end in each month up to its feed's last one: one that has none then has no entry
-- before.
carried as (

    select
        accounts.{{ account | join(', accounts.') }},
        accounts.is_by_balance,
        coalesce(known.checkpoint_month, known.month, accounts.month_before) as checkpoint_month,
        known.month as known_month,
        case when known.checkpoint_month is null then known.balance else known.checkpoint_balance end
            as checkpoint_balance,
        known.has_certain_day,
        known.basis,
        known.is_proven
    from accounts
    left join {{ ref('earlier_month_ends') }} as known
        on {{ same(account, 'accounts', 'known') }}
            and known.month
            = least(accounts.month_before, coalesce(accounts.previous_last_month, accounts.month_before))
            and {{ 'known.month in (' ~ months | join(', ') ~ ')' if months else 'false' }}
    union all
    select
        {{ account | join(', ') }},
        false as is_by_balance,
        date '0001-01-01' as checkpoint_month,
        cast(null as date) as known_month,
        cast(null as decimal(38, 4)) as checkpoint_balance,
        cast(null as boolean) as has_certain_day,
        cast(null as varchar) as basis,
        cast(null as boolean) as is_proven
    from anew

),

-- By days where the feed's entries state balances, or where one is known beside them.
placed as (

    select
        carried.*,
        feed_months.states_balances,
        feed_months.states_balances or with_balances.feed is not null as is_closed_by_days,
        carried.checkpoint_balance is not null
        and not carried.has_certain_day
        and (feed_months.states_balances or with_balances.feed is not null or carried.is_by_balance) as is_from_nothing
    from carried
    inner join feed_months
        on carried.feed = feed_months.feed
    left join with_balances
        on {{ same(account, 'carried', 'with_balances') }}

)

select
    {{ publication_id() }} as publication_id,
    {{ account | join(', ') }},
    case when is_from_nothing then date '0001-01-01' else checkpoint_month end as checkpoint_month,
    case when not is_from_nothing then known_month end as known_month,
    case when not is_from_nothing then checkpoint_balance end as checkpoint_balance,
    case when not is_from_nothing then has_certain_day end as has_certain_day,
    case when not is_from_nothing then basis end as basis,
    case when not is_from_nothing then is_proven end as is_proven,
    states_balances,
    is_closed_by_days
from placed
