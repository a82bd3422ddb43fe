-- What readers see as first reported is the last version that was published when the month was first known complete;
-- where there was none, or it had ended the month, the first one after it.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set values = ['opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'is_proven'] %}
{%- set compared = of_accounts_to_compare('versions') %}
with

versions as (

    select
        versions.*,
        publications.publication_number <= reported.reported_by_number as is_known
    from {{ ref('month_end_versions') }} as versions
    inner join {{ ref('publications') }} as publications
        on versions.publication_id = publications.publication_id
    inner join {{ ref('reported_months') }} as reported
        on versions.feed = reported.feed
            and versions.month = reported.month
    where {{ compared }}

),

numbered as (

    select
        {{ account_month | join(', ') }},
        max(case when is_known then version end) as last_known,
        max_by(is_gone, case when is_known then version end) as is_gone,
        min(case when not is_known then version end) as first_after
    from versions
    group by {{ account_month | join(', ') }}

),

records as (

    select versions.*
    from versions
    inner join numbered
        on {{ same(account_month, 'versions', 'numbered') }}
            and versions.version = case
                when numbered.is_gone is distinct from false then numbered.first_after else numbered.last_known
            end

),

shown as (

    select versions.* from {{ ref('month_end_balances_first_reported') }} as versions
    where {{ compared }}

)

select
    coalesce(shown.account_id, records.account_id) as account_id,
    coalesce(shown.month, records.month) as month,
    shown.balance,
    records.balance as recorded_balance
from shown
full outer join records
    on {{ same(account_month + ['version'], 'shown', 'records') }}
where ({{ same(values, 'shown', 'records') }}) is distinct from true
