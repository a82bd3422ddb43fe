-- Of each account-month the version that stood when its month was first known complete, or its first one after that.
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

versions as (

    select * from {{ ref('month_end_balance_versions') }}
    where not is_gone

),

-- A month that was gone when it was first known complete may come back.
gone as (

    select
        {{ account_month | join(', ') }},
        version,
        publication_number
    from {{ ref('month_end_balance_versions') }}
    where is_gone

)

select
    versions.*,
    reported.reported_at
from versions
inner join {{ ref('reported_months') }} as reported
    on versions.feed = reported.feed
        and versions.month = reported.month
        and (versions.superseded_by_number is null or versions.superseded_by_number > reported.reported_by_number)
left join gone
    on {{ same(account_month, 'versions', 'gone') }}
        and versions.version = gone.version + 1
where versions.publication_number <= reported.reported_by_number
    or versions.version = 1
    or gone.publication_number <= reported.reported_by_number
