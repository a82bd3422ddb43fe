-- The accounts of which this build lets in or takes out entries or known balances, and the first month of one. A known
-- balance beyond the months of its feed counts once the feed reaches it.
{%- set account = ['feed', 'account_id', 'currency'] %}
with

changed_entries as (

    select
        {{ account | join(', ') }},
        booking_month
    from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
    union all
    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month
    from {{ ref('earlier_accepted_rows') }} as entries
    inner join {{ ref('int_files_replaced') }} as files
        on entries.file_id = files.file_id
    union all
    select
        entries.{{ account | join(', entries.') }},
        entries.booking_month
    from {{ ref('earlier_accepted_rows') }} as entries
    inner join {{ ref('row_changes') }} as changes
        on entries.file_id = changes.file_id
            and entries.row_number = changes.row_number
            and changes.publication_id = {{ publication_id() }}

),

changed_balances as (

    select {{ account | join(', ') }}, day from {{ ref('stated_balances') }}
    where publication_id = {{ publication_id() }}
    union all
    select earlier.{{ account | join(', earlier.') }}, earlier.day
    from {{ ref('earlier_stated_balances') }} as earlier
    inner join {{ ref('int_files_replaced') }} as files
        on earlier.file_id = files.file_id
    union all
    -- The line that counted before, too.
    select openings.{{ account | join(', openings.') }}, openings.day
    from {{ ref('stg_opening_balances') }} as openings
    inner join {{ ref('openings') }} as decided
        on {{ same(account, 'openings', 'decided') }}
            and decided.publication_id = {{ publication_id() }}
    union all
    select known.{{ account | join(', known.') }}, known.day
    from {{ ref('int_known_balances') }} as known
    inner join {{ ref('int_feed_months') }} as feed_months
        on known.feed = feed_months.feed
            and feed_months.publication_id = {{ publication_id() }}
            and {{ month_of('known.day') }} > feed_months.previous_last_month
            and {{ month_of('known.day') }} <= feed_months.last_month

)

select
    {{ publication_id() }} as publication_id,
    {{ account | join(', ') }},
    min(first_month) as first_month,
    max(is_by_balance) = 1 as is_by_balance
from (
    select {{ account | join(', ') }}, booking_month as first_month, 0 as is_by_balance from changed_entries
    union all
    select {{ account | join(', ') }}, {{ month_of('day') }} as first_month, 1 as is_by_balance from changed_balances
    where account_id is not null
        and currency is not null
        and day is not null
) as changes
group by {{ account | join(', ') }}
