-- The balances of accounts at the end of days that are known beside entries, as they stand if this build publishes:
-- what files state, and what was decided of the day on which an account opens here.
{%- set columns = ['feed', 'account_id', 'currency', 'day', 'balance', 'file_id', 'row_number'] %}
select {{ columns | join(', ') }}
from {{ ref('stated_balances') }}
where publication_id = {{ publication_id() }}
    and account_id is not null
    and currency is not null
    and day is not null
union all
select earlier.{{ columns | join(', earlier.') }}
from {{ ref('earlier_stated_balances') }} as earlier
where earlier.account_id is not null
    and earlier.currency is not null
    and earlier.day is not null
    and earlier.file_id not in (select files.file_id from {{ ref('int_files_replaced') }} as files)
union all
select
    feed,
    account_id,
    currency,
    day,
    cast(balance as decimal(38, 4)) as balance,
    cast(null as varchar) as file_id,
    cast(null as bigint) as row_number
from {{ ref('stg_opening_balances') }}
where is_latest
