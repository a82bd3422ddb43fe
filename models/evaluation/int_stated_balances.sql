-- The balances that the files that this build reads state beside their entries: in rows that are passed over, outside
-- their rows (the manifest), and as one balance of the file in each entry (`balance_stated: end_of_file`). They are
-- those of the text: what becomes of a row by its key or a decision changes none. A balance for which no account or no
-- day is found has none, and an audit tells it.
-- depends_on: {{ ref('int_claims') }}
{%- set stating = files_that_state() %}
with

files as (

    select
        stated.file_id,
        stated.feed,
        stated.opening_balance,
        stated.closing_balance,
        stated.closing_date,
        stated.period_end,
        feeds.balance_stated,
        -- What the loader read outside the rows is as the bank writes it.
        case when feeds.positive = 'out' then -1 else 1 end as sense
    from {{ ref('stg_files') }} as stated
    inner join {{ ref('int_files_to_evaluate') }} as files
        on stated.file_id = files.file_id
            and files.publication_id = {{ publication_id() }}
            and files.is_read
            and not files.is_withdrawn
    inner join {{ ref('int_feeds') }} as feeds
        on stated.feed = feeds.feed
            and feeds.publication_id = {{ publication_id() }}
            and feeds.kind = 'entries'
    where {{ of_files(stating, 'files') }}

),

delivered as (

    select
        delivered.file_id,
        delivered.row_number,
        delivered.account_id,
        delivered.currency,
        delivered.booking_date,
        delivered.amount,
        delivered.stated_kind,
        delivered.stated_balance,
        not coalesce(delivered.is_passed_over, false) as is_entry
    from {{ ref('int_delivered_rows') }} as delivered
    where delivered.publication_id = {{ publication_id() }}
        and {{ of_files(stating, 'delivered') }}
        and {{ array_length('delivered.rejection_reasons') }} = 0

),

accounts as (
    {{ rows_of(ref('int_accounts_of_files')) }}
),

accounts_of_files as (

    select * from accounts
    where is_the_files

),

kinds as (

    select 'opening_balance' as kind
    union all
    select 'closing_balance' as kind

),

stated as (

    select
        rows_of_file.file_id,
        coalesce(rows_of_file.account_id, of_file.account_id) as account_id,
        coalesce(rows_of_file.currency, of_file.currency) as currency,
        rows_of_file.stated_kind as kind,
        rows_of_file.booking_date as stated_day,
        rows_of_file.stated_balance as balance,
        rows_of_file.row_number
    from delivered as rows_of_file
    left join accounts_of_files as of_file
        on rows_of_file.file_id = of_file.file_id
    where not rows_of_file.is_entry
        and rows_of_file.stated_kind is not null
        and rows_of_file.stated_balance is not null
    union all
    select
        files.file_id,
        of_file.account_id,
        of_file.currency,
        kinds.kind,
        case when kinds.kind = 'closing_balance' then coalesce(files.closing_date, files.period_end) end as stated_day,
        files.sense * case when kinds.kind = 'closing_balance' then files.closing_balance else files.opening_balance end
            as balance,
        cast(null as bigint) as row_number
    from files
    cross join kinds
    left join accounts_of_files as of_file
        on files.file_id = of_file.file_id
    where case when kinds.kind = 'closing_balance' then files.closing_balance else files.opening_balance end is not null
    union all
    select
        rows_of_file.file_id,
        rows_of_file.account_id,
        rows_of_file.currency,
        'closing_balance' as kind,
        coalesce(files.closing_date, files.period_end) as stated_day,
        rows_of_file.stated_balance as balance,
        min(rows_of_file.row_number) as row_number
    from delivered as rows_of_file
    inner join files
        on rows_of_file.file_id = files.file_id
            and files.balance_stated = 'end_of_file'
    where rows_of_file.is_entry
        and rows_of_file.stated_balance is not null
    group by
        rows_of_file.file_id,
        rows_of_file.account_id,
        rows_of_file.currency,
        coalesce(files.closing_date, files.period_end),
        rows_of_file.stated_balance

),

-- An opening balance is that of the end of the day before the file's first entry, whatever day its row bears; a closing
-- balance that of its day, but never of a day before the last entry of a file that states no other day.
dated as (

    select
        stated.*,
        files.feed,
        case
            when stated.kind = 'day_balance' then stated.stated_day
            when stated.kind = 'opening_balance'
                then coalesce(cast(accounts.first_day - interval '1' day as date), stated.stated_day)
            when stated.stated_day < accounts.last_day and stated.row_number is not null
                then coalesce(files.closing_date, files.period_end, accounts.last_day)
            else coalesce(stated.stated_day, files.closing_date, files.period_end, accounts.last_day)
        end as day
    from stated
    inner join files
        on stated.file_id = files.file_id
    left join accounts
        on {{ same(['file_id', 'account_id', 'currency'], 'stated', 'accounts') }}

),

-- Where a file states an opening and a closing balance of an account, its entries lead from one to the other.
openings as (

    select
        file_id,
        account_id,
        currency,
        min(balance) as opening
    from dated
    where kind = 'opening_balance'
    group by file_id, account_id, currency
    having min(balance) = max(balance)

),

closings as (

    select distinct
        file_id,
        account_id,
        currency,
        day
    from dated
    where kind = 'closing_balance'

),

movements as (

    select
        closings.file_id,
        closings.account_id,
        closings.currency,
        closings.day,
        sum(entries.amount) as movement
    from closings
    inner join delivered as entries
        on {{ same(['file_id', 'account_id', 'currency'], 'closings', 'entries') }}
            and entries.is_entry
            and closings.day >= entries.booking_date
    group by closings.file_id, closings.account_id, closings.currency, closings.day

)

select
    {{ publication_id() }} as publication_id,
    dated.file_id,
    dated.feed,
    dated.account_id,
    dated.currency,
    dated.day,
    cast(dated.balance as decimal(38, 4)) as balance,
    cast(dated.kind as varchar) as kind,
    dated.row_number,
    cast(openings.opening as decimal(38, 4)) as file_opening,
    cast(case when openings.file_id is not null then coalesce(movements.movement, 0) end as decimal(38, 4))
        as file_movement
from dated
left join openings
    on {{ same(['file_id', 'account_id', 'currency'], 'dated', 'openings') }}
        and dated.kind = 'closing_balance'
left join movements
    on {{ same(['file_id', 'account_id', 'currency', 'day'], 'dated', 'movements') }}
        and dated.kind = 'closing_balance'
