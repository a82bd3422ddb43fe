-- Every touched account has one month-end for each month, from its first entry to the last month of its feed.
select
    feed,
    account_id,
    currency,
    month,
    is_there,
    previous_month,
    next_month
from {{ ref('int_month_end_faults') }}
where publication_id = {{ publication_id() }}
    and not is_complete
