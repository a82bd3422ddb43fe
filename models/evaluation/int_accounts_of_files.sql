-- The accounts of the files that state balances beside their entries and that this build reads: by the rows that break
-- no rule, whatever becomes of them by their keys or a decision. What a file states of itself is of the one account of
-- its entries, or, where it has none, of the one that it names.
-- depends_on: {{ ref('int_claims') }}
-- depends_on: {{ ref('int_files_to_evaluate') }}
-- depends_on: {{ ref('int_feeds') }}
-- depends_on: {{ ref('stg_files') }}
with

accounts as (

    select
        delivered.file_id,
        delivered.account_id,
        delivered.currency,
        sum(case when delivered.is_passed_over then 0 else 1 end) as entry_count,
        min(case when not delivered.is_passed_over then delivered.booking_date end) as first_day,
        max(case when not delivered.is_passed_over then delivered.booking_date end) as last_day
    from {{ ref('int_delivered_rows') }} as delivered
    where delivered.publication_id = {{ publication_id() }}
        and {{ of_files(files_that_state(), 'delivered') }}
        and {{ array_length('delivered.rejection_reasons') }} = 0
        and delivered.account_id is not null
        and delivered.currency is not null
    group by delivered.file_id, delivered.account_id, delivered.currency

),

counted as (

    select
        *,
        count(*) over (partition by file_id) as account_count,
        sum(case when entry_count > 0 then 1 else 0 end) over (partition by file_id) as accounts_with_entries
    from accounts

)

select
    {{ publication_id() }} as publication_id,
    file_id,
    account_id,
    currency,
    entry_count,
    first_day,
    last_day,
    (accounts_with_entries = 1 and entry_count > 0) or account_count = 1 as is_the_files
from counted
