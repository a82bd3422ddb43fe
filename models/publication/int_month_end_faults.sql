-- The month-ends that this build touches and that are wrong: compared, as they stand if it publishes, with each other
-- and with the accepted rows, past all models of balances. It is empty in every good build; each audit of month-ends
-- reads one of its columns.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set grown = [] %}
{%- for row in ask(
    'select distinct cast(previous_last_month as varchar) from ' ~ ref('int_feed_months')
    ~ ' where publication_id = ' ~ publication_id()
    ~ ' and last_month > previous_last_month', ref('int_feed_months')
) %}
{%- do grown.append("date '" ~ row[0] ~ "'") %}
{%- endfor %}
{%- set is_touched = grown or has_written(ref('int_touched_accounts')) or has_written(ref('month_end_versions')) %}
{%- set values = ['opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'basis', 'is_proven'] %}
with

-- From the first month that changes of an account, be it by an entry or by a version, or from the last one known of a
-- feed that grows.
touched as (

    select
        {{ account | join(', ') }},
        min(first_month) as first_month
    from (
        select {{ account | join(', ') }}, first_month from {{ ref('int_touched_accounts') }}
        where publication_id = {{ publication_id() }}
        union all
        select {{ account | join(', ') }}, min(month) as first_month from {{ ref('month_end_versions') }}
        where publication_id = {{ publication_id() }}
        group by {{ account | join(', ') }}
        {%- if grown %}
        union all
        select earlier.{{ account | join(', earlier.') }}, earlier.month as first_month
        from {{ ref('earlier_month_ends') }} as earlier
        inner join {{ ref('int_feed_months') }} as feed_months
            on earlier.feed = feed_months.feed
                and earlier.month = feed_months.previous_last_month
                and feed_months.publication_id = {{ publication_id() }}
                and feed_months.last_month > feed_months.previous_last_month
        where earlier.month in ({{ grown | join(', ') }})
        {%- endif %}
    ) as changes
    group by {{ account | join(', ') }}

),

month_ends as (

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
        and {{ 'true' if is_touched else 'false' }}

),

in_order as (

    select
        *,
        lag(balance) over (by_month) as previous_balance,
        lag(month) over (by_month) as previous_month,
        lead(month) over (by_month) as next_month
    from month_ends
    window by_month as (partition by {{ account | join(', ') }} order by month)

),

-- What the accepted rows say of each month; of feeds that state balances also how its last day can have ended.
ledger_months as (

    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month as month,
        sum(entries.amount) as ledger_movement,
        count(*) as ledger_entry_count,
        max(entries.booking_date) as last_date
    from {{ ref('int_audited_entries') }} as entries
    inner join touched
        on {{ same(account, 'entries', 'touched') }}
            and entries.booking_month >= touched.first_month
    where {{ 'true' if is_touched else 'false' }}
    group by entries.{{ account | join(', entries.') }}, entries.booking_month

),

last_days as (

    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month as month,
        entries.balance_after
    from {{ ref('int_audited_entries') }} as entries
    inner join ledger_months
        on {{ same(account, 'entries', 'ledger_months') }}
            and entries.booking_date = ledger_months.last_date
            and entries.booking_month = ledger_months.month
    where entries.feed in (
            select feed_months.feed from {{ ref('int_feed_months') }} as feed_months
            where feed_months.publication_id = {{ publication_id() }}
                and feed_months.is_stated
        )

),

not_the_banks as (

    select last_days.{{ account_month | join(', last_days.') }}
    from last_days
    left join in_order
        on {{ same(account_month, 'last_days', 'in_order') }}
    group by last_days.{{ account_month | join(', last_days.') }}
    having count(last_days.balance_after) = count(*)
        and max(case when last_days.balance_after = in_order.balance then 1 else 0 end) = 0

),

-- A quiet month has no rows to be compared with: if it has, they are found here without it.
compared as (

    select
        coalesce(in_order.feed, ledger_months.feed) as feed,
        coalesce(in_order.account_id, ledger_months.account_id) as account_id,
        coalesce(in_order.currency, ledger_months.currency) as currency,
        coalesce(in_order.month, ledger_months.month) as month,
        in_order.month is not null as is_there,
        in_order.{{ values | join(', in_order.') }},
        in_order.previous_balance,
        in_order.previous_month,
        in_order.next_month,
        ledger_months.ledger_movement,
        ledger_months.ledger_entry_count
    from (
        select * from in_order
        where entry_count is distinct from 0
    ) as in_order
    full outer join ledger_months
        on {{ same(account_month, 'in_order', 'ledger_months') }}
    union all
    select
        {{ account_month | join(', ') }},
        true as is_there,
        {{ values | join(', ') }},
        previous_balance,
        previous_month,
        next_month,
        0 as ledger_movement,
        0 as ledger_entry_count
    from in_order
    where entry_count = 0

),

checked as (

    select
        compared.*,
        touched.first_month,
        coalesce(
            compared.balance = compared.opening_balance + compared.movement + compared.break_amount
            and case
                when compared.previous_month is not null then compared.opening_balance = compared.previous_balance
                else compared.basis = 'stated' or compared.opening_balance = 0
            end
            and compared.basis in ('stated', 'computed')
            and compared.is_proven is not null
            and (
                not compared.is_proven
                or feed_months.is_stated
                and (compared.entry_count > 1 or abs(compared.break_amount) <= feed_months.balance_tolerance)
            ),
            false
        ) as adds_up,
        coalesce(
            compared.is_there
            and (
                compared.previous_month is null
                or compared.previous_month = cast(compared.month - interval '1' month as date)
            )
            and (compared.previous_month is not null or compared.entry_count > 0)
            and (compared.next_month is not null or compared.month = feed_months.last_month),
            false
        ) as is_complete,
        coalesce(
            compared.movement = compared.ledger_movement and compared.entry_count = compared.ledger_entry_count, false
        ) as is_the_ledgers,
        not_the_banks.feed is null as is_the_banks
    from compared
    inner join touched
        on {{ same(account, 'compared', 'touched') }}
    inner join {{ ref('int_feed_months') }} as feed_months
        on compared.feed = feed_months.feed
            and feed_months.publication_id = {{ publication_id() }}
    left join not_the_banks
        on {{ same(account_month, 'compared', 'not_the_banks') }}
    where compared.month >= touched.first_month

)

select
    {{ publication_id() }} as publication_id,
    *
from checked
where not adds_up
    or not is_complete
    or not is_the_ledgers
    or not is_the_banks
