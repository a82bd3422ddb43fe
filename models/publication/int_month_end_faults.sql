-- The month-ends that this build touches and that are wrong: compared, as they stand if it publishes, with each other
-- and with the accepted rows. Of the models of balances it believes the last month of a feed, whether its bank states
-- balances, the tolerance, and which balances are known beside entries. It is empty in every good build; each audit of
-- month-ends reads one of its columns.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set neighbours = ['previous_balance', 'previous_month', 'next_month', 'is_known_as_before'] %}
{%- set values = ['opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'basis', 'is_proven'] %}
with

accounts as (
    {{ rows_of(ref('int_audited_accounts')) }}
),

in_order as (

    select
        *,
        lag(balance) over (by_month) as previous_balance,
        lag(month) over (by_month) as previous_month,
        lead(month) over (by_month) as next_month,
        basis = lag(basis) over (by_month) and is_proven = lag(is_proven) over (by_month) as is_known_as_before
    from {{ ref('int_audited_month_ends') }}
    window by_month as (partition by {{ account | join(', ') }} order by month)

),

ledger_months as (

    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month as month,
        sum(entries.amount) as ledger_movement,
        count(*) as ledger_entry_count,
        count(entries.balance_after) > 0 as ledger_states_balances
    from {{ ref('int_audited_entries') }} as entries
    inner join accounts
        on {{ same(account, 'entries', 'accounts') }}
            and entries.booking_month >= accounts.first_month
    where {{ 'true' if has_written(ref('int_audited_accounts')) else 'false' }}
    group by entries.{{ account | join(', entries.') }}, entries.booking_month

),

known_months as (

    select
        known.{{ account | join(', known.') }},
        {{ month_of('known.day') }} as month,
        count(*) as known_count
    from {{ ref('int_known_balances') }} as known
    inner join accounts
        on {{ same(account, 'known', 'accounts') }}
    group by known.{{ account | join(', known.') }}, {{ month_of('known.day') }}

),

-- Whether anything says what an account held, and from which month on something is known beside its entries.
accounts_known as (

    select
        {{ account | join(', ') }},
        min(first_known_month) as first_known_month
    from (
        select {{ account | join(', ') }}, month as first_known_month from known_months
        union all
        select {{ account | join(', ') }}, cast(null as date) as first_known_month from ledger_months
        where ledger_states_balances
    ) as known
    group by {{ account | join(', ') }}

),

-- A quiet month has no rows to be compared with: if it has, they are found here without it.
compared as (

    select
        {% for column in account_month -%}
        coalesce(in_order.{{ column }}, ledger_months.{{ column }}) as {{ column }},
        {% endfor -%}
        in_order.month is not null as is_there,
        in_order.{{ (values + neighbours) | join(', in_order.') }},
        ledger_months.ledger_movement,
        ledger_months.ledger_entry_count,
        ledger_months.ledger_states_balances
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
        {{ (values + neighbours) | join(', ') }},
        0 as ledger_movement,
        0 as ledger_entry_count,
        false as ledger_states_balances
    from in_order
    where entry_count = 0

),

checked as (

    select
        compared.*,
        accounts.first_month,
        coalesce(
            compared.balance = compared.opening_balance + compared.movement + compared.break_amount
            and case
                when compared.previous_month is not null then compared.opening_balance = compared.previous_balance
                else accounts_known.feed is not null or compared.opening_balance = 0
            end
            and compared.basis in ('stated', 'computed')
            and (feed_months.states_balances or accounts_known.feed is not null or compared.break_amount = 0)
            and compared.is_proven is not null
            and (
                compared.entry_count > 0
                or compared.previous_month is null
                or known_months.feed is not null
                or compared.is_known_as_before
            )
            and (
                not compared.is_proven
                or (
                    feed_months.states_balances
                    or feed_months.opens_on_zero
                    or accounts_known.first_known_month <= compared.month
                )
                and abs(compared.break_amount)
                <= feed_months.balance_tolerance * (compared.entry_count + coalesce(known_months.known_count, 0))
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
        ) as is_the_ledgers
    from compared
    inner join accounts
        on {{ same(account, 'compared', 'accounts') }}
            and compared.month >= accounts.first_month
    inner join {{ ref('int_feed_months') }} as feed_months
        on compared.feed = feed_months.feed
            and feed_months.publication_id = {{ publication_id() }}
    left join known_months
        on {{ same(account_month, 'compared', 'known_months') }}
    left join accounts_known
        on {{ same(account, 'compared', 'accounts_known') }}

)

select
    {{ publication_id() }} as publication_id,
    *
from checked
where not adds_up
    or not is_complete
    or not is_the_ledgers
