-- The days of which balances are known beside entries, of the accounts that this build closes again: what files state,
-- what was decided, and nothing before the first entry of an account that opens on zero. Before its first entry an
-- account holds one balance, so all that is known before it is known of the day before it.
{%- set account = ['feed', 'account_id', 'currency'] %}
with

accounts as (

    select * from {{ ref('int_accounts_to_close') }}
    where publication_id = {{ publication_id() }}
        and is_closed_by_days

),

known as (

    select
        known.{{ account | join(', known.') }},
        known.day,
        known.balance,
        coalesce(known.file_id || ' ' || coalesce(cast(known.row_number as varchar), ''), '') as source
    from {{ ref('int_known_balances') }} as known
    inner join accounts
        on {{ same(account, 'known', 'accounts') }}
            and (
                accounts.checkpoint_balance is null
                or known.day >= cast(accounts.checkpoint_month + interval '1' month as date)
            )
    union all
    select
        accounts.{{ account | join(', accounts.') }},
        date '0001-01-01' as day,
        0 as balance,
        '' as source
    from accounts
    inner join {{ ref('int_feed_months') }} as feed_months
        on accounts.feed = feed_months.feed
            and feed_months.opens_on_zero
            and feed_months.publication_id = {{ publication_id() }}
    where accounts.checkpoint_balance is null

),

known_accounts as (

    select distinct {{ account | join(', ') }} from known

),

-- Of accounts that are closed from nothing.
first_days as (

    select
        entries.{{ account | join(', entries.') }},
        min(entries.booking_date) as first_day
    from {{ ref('int_entries_to_close') }} as entries
    inner join known_accounts
        on {{ same(account, 'entries', 'known_accounts') }}
    inner join accounts
        on {{ same(account, 'entries', 'accounts') }}
            and accounts.checkpoint_balance is null
    where entries.publication_id = {{ publication_id() }}
    group by entries.{{ account | join(', entries.') }}

),

placed as (

    select
        known.{{ account | join(', known.') }},
        case
            when known.day < first_days.first_day then cast(first_days.first_day - interval '1' day as date)
            else known.day
        end as booking_date,
        known.balance,
        known.source,
        coalesce(known.day < first_days.first_day, false) as is_opening
    from known
    inner join accounts
        on {{ same(account, 'known', 'accounts') }}
    left join first_days
        on {{ same(account, 'known', 'first_days') }}
    where first_days.first_day is not null
        or accounts.checkpoint_balance is not null

)

select
    {{ publication_id() }} as publication_id,
    {{ account | join(', ') }},
    booking_date,
    cast(balance as decimal(38, 4)) as balance,
    min(source) as first_id,
    is_opening
from placed
group by {{ account | join(', ') }}, booking_date, balance, is_opening
