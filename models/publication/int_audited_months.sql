-- The month-ends that this build touches as they stand if it publishes, beside what the ledger says of them, worked out past all models of
-- balances: what the audits compare. Empty where nothing is new.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set values = ['opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'basis', 'is_proven'] %}
with

-- From the first month that changes of an account, be it by an entry or by a version.
touched as (

    select
        {{ account | join(', ') }},
        min(first_month) as first_month
    from (
        select {{ account | join(', ') }}, first_month from {{ ref('int_touched_accounts') }}
        where publication_id = {{ publication_id() }}
        union all
        select {{ account | join(', ') }}, month from {{ ref('month_end_versions') }}
        where publication_id = {{ publication_id() }}
    ) as changes
    group by {{ account | join(', ') }}

),

versions as (

    select {{ (account_month + values) | join(', ') }}
    from {{ ref('month_end_versions') }}
    where publication_id = {{ publication_id() }}
        and not is_gone
    union all
    select earlier.{{ (account_month + values) | join(', earlier.') }}
    from {{ ref('earlier_month_ends') }} as earlier
    inner join touched
        on {{ same(account, 'earlier', 'touched') }}
            and earlier.month >= cast(touched.first_month - interval '1' month as date)
    left join {{ ref('month_end_versions') }} as replacing
        on {{ same(account_month, 'earlier', 'replacing') }}
            and replacing.publication_id = {{ publication_id() }}
    where replacing.feed is null

),

month_ends as (

    select
        *,
        lag(balance) over (by_month) as previous_balance,
        lag(month) over (by_month) as previous_month
    from versions
    window by_month as (partition by {{ account | join(', ') }} order by month)

),

entries as (

    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month as month,
        entries.booking_date,
        entries.amount,
        entries.balance_after,
        max(entries.booking_date) over (partition by entries.{{ account | join(', entries.') }}, entries.booking_month) as last_date
    from {{ ref('int_ledger_entries') }} as entries
    inner join touched
        on {{ same(account, 'entries', 'touched') }}
            and entries.booking_month >= touched.first_month

),

ledger_months as (

    select
        {{ account_month | join(', ') }},
        sum(amount) as movement,
        count(*) as entry_count,
        count(case when booking_date = last_date then 1 end) = count(case when booking_date = last_date then balance_after end) as is_stated
    from entries
    group by {{ account_month | join(', ') }}

),

-- The balances that the bank stated on the last day of a month with entries.
stated_ends as (

    select distinct {{ account_month | join(', ') }}, balance_after
    from entries
    where booking_date = last_date

)

select
    {{ publication_id() }} as publication_id,
    touched.{{ account | join(', touched.') }},
    touched.first_month,
    feed_months.last_month,
    feed_months.balance_tolerance,
    month_ends.{{ values | join(', month_ends.') }},
    month_ends.month,
    month_ends.previous_balance,
    month_ends.previous_month,
    ledger_months.month as ledger_month,
    ledger_months.movement as ledger_movement,
    ledger_months.entry_count as ledger_entry_count,
    ledger_months.is_stated as is_stated_by_bank,
    stated_ends.feed is not null as is_a_stated_balance
from month_ends
full outer join ledger_months
    on {{ same(account_month, 'month_ends', 'ledger_months') }}
inner join touched
    on coalesce(month_ends.feed, ledger_months.feed) = touched.feed
        and coalesce(month_ends.account_id, ledger_months.account_id) = touched.account_id
        and coalesce(month_ends.currency, ledger_months.currency) = touched.currency
inner join {{ ref('int_feed_months') }} as feed_months
    on touched.feed = feed_months.feed
        and feed_months.publication_id = {{ publication_id() }}
left join stated_ends
    on {{ same(account_month, 'ledger_months', 'stated_ends') }}
        and month_ends.balance = stated_ends.balance_after
