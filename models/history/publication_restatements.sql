-- The month-ends that differ from their close, and the publication that made each of them what it is now.
select
    versions.publication_id,
    restatements.feed,
    restatements.account_id,
    restatements.currency,
    restatements.month,
    restatements.balance_as_closed,
    restatements.balance,
    restatements.difference
from {{ ref('restatements') }} as restatements
inner join {{ ref('month_end_balance_versions') }} as versions
    on {{ same(['feed', 'account_id', 'currency', 'month'], 'restatements', 'versions') }}
        and versions.superseded_by_number is null
