-- Of each account-month the version that stood when its month was first known complete, or its first one after that.
select *
from (
    select
        versions.*,
        reported.reported_at,
        row_number() over (
            partition by versions.feed, versions.account_id, versions.currency, versions.month
            order by versions.publication_number
        ) as place
    from {{ ref('month_end_balance_versions') }} as versions
    inner join {{ ref('reported_months') }} as reported
        on versions.feed = reported.feed
            and versions.month = reported.month
            and (versions.superseded_by_number is null or versions.superseded_by_number > reported.reported_by_number)
    where not versions.is_gone
) as since
where place = 1
