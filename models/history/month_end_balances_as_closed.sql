-- Of each closed month the versions that stood when it was closed.
select
    versions.*,
    closed_months.closed_at,
    closed_months.closed_by
from {{ ref('month_end_balance_versions') }} as versions
inner join {{ ref('closed_months') }} as closed_months
    on versions.month = closed_months.month
        and versions.publication_number <= closed_months.closed_on_number
        and (versions.superseded_by_number is null or versions.superseded_by_number > closed_months.closed_on_number)
where not versions.is_gone
