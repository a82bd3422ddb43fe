-- What readers see as closed is the last version that was published when the month was closed, unless it ended the
-- month.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set values = ['opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'is_proven'] %}
{%- set closed = ask('select distinct cast(month as varchar) from ' ~ ref('closed_months'), ref('closed_months')) %}
{%- set compared = of_accounts_to_compare('versions') %}
with

known as (

    select
        versions.*,
        row_number() over (
            partition by versions.{{ account_month | join(', versions.') }} order by versions.version desc
        ) as recency
    from {{ ref('month_end_versions') }} as versions
    inner join {{ ref('publications') }} as publications
        on versions.publication_id = publications.publication_id
    inner join {{ ref('closed_months') }} as closed_months
        on versions.month = closed_months.month
            and publications.publication_number <= closed_months.closed_on_number
    where versions.month {{ in_months(closed) }}
        and {{ compared }}

),

records as (

    select * from known
    where recency = 1
        and not is_gone

),

shown as (

    select versions.* from {{ ref('month_end_balances_as_closed') }} as versions
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
