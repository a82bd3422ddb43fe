-- A restatement is the difference of the balance of now and the one as closed, and every difference is one. Months are
-- compared of which something was published since their close, of some accounts and of all that are said to be
-- restated.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set query -%}
    select distinct cast(versions.month as varchar)
    from {{ ref('month_end_versions') }} as versions
    inner join {{ ref('publications') }} as publications
        on versions.publication_id = publications.publication_id
    inner join {{ ref('closed_months') }} as closed_months
        on versions.month = closed_months.month
            and publications.publication_number > closed_months.closed_on_number
{%- endset %}
{%- set months = ask(query, ref('month_end_versions')) %}
{%- set compared = of_accounts_to_compare('shown') %}
with

restated as (

    select account_id from {{ ref('restatements') }}

),

balances as (

    select shown.*
    from {{ ref('month_end_balances') }} as shown
    where shown.month {{ in_months(months) }}
        and ({{ compared }} or shown.account_id in (select restated.account_id from restated))

),

as_closed as (

    select shown.*
    from {{ ref('month_end_balances_as_closed') }} as shown
    where shown.month {{ in_months(months) }}
        and ({{ compared }} or shown.account_id in (select restated.account_id from restated))

),

differing as (

    select
        {%- for column in account_month %}
        coalesce(as_closed.{{ column }}, balances.{{ column }}) as {{ column }},
        {%- endfor %}
        as_closed.balance as balance_as_closed,
        balances.balance
    from as_closed
    full outer join balances
        on {{ same(account_month, 'as_closed', 'balances') }}
    where as_closed.balance is distinct from balances.balance

)

select
    coalesce(shown.account_id, differing.account_id) as account_id,
    coalesce(shown.month, differing.month) as month,
    shown.balance_as_closed,
    differing.balance_as_closed as closed_balance,
    shown.balance,
    differing.balance as current_balance
from {{ ref('restatements') }} as shown
full outer join differing
    on {{ same(account_month, 'shown', 'differing') }}
where shown.feed is null
    or differing.feed is null
    or shown.balance_as_closed is distinct from differing.balance_as_closed
    or shown.balance is distinct from differing.balance
    or shown.difference is distinct from coalesce(differing.balance, 0) - coalesce(differing.balance_as_closed, 0)
