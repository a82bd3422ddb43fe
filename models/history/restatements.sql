-- The closed months whose balance is another one now, or is reported no more. Of most months the version that was
-- closed is the one of now, so few are compared.
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
with

versions as (

    select
        versions.*,
        closed_months.closed_at,
        versions.publication_number <= closed_months.closed_on_number
        and (
            versions.superseded_by_number is null
            or versions.superseded_by_number > closed_months.closed_on_number
        ) as is_as_closed,
        versions.superseded_by_number is null as is_current
    from {{ ref('month_end_balance_versions') }} as versions
    inner join {{ ref('closed_months') }} as closed_months
        on versions.month = closed_months.month
    where not versions.is_gone

),

compared as (

    select
        {{ account_month | join(', ') }},
        closed_at,
        max(case when is_as_closed then balance end) as balance_as_closed,
        max(case when is_current then balance end) as balance
    from versions
    where is_as_closed <> is_current
    group by {{ account_month | join(', ') }}, closed_at

)

select
    *,
    coalesce(balance, 0) - coalesce(balance_as_closed, 0) as difference
from compared
where balance is distinct from balance_as_closed
