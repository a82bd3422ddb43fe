-- Every break that the last publication recorded of a month-end that stands is in balance_breaks.
{{ config(tags=['after_commit']) }}
{%- set account_month = ['feed', 'account_id', 'currency', 'month'] %}
{%- set break = [
    'feed', 'account_id', 'currency', 'booking_date', 'kind', 'opening_balance', 'movement', 'closing_balance', 'break_amount',
] %}
{%- set months = ask(
    'select distinct cast(month as varchar) from ' ~ ref('day_breaks') ~ ' as records where ' ~ of_last_publication('records'),
    ref('day_breaks')
) %}
select
    records.{{ account_month | join(',\n    records.') }},
    records.booking_date
from {{ ref('day_breaks') }} as records
inner join {{ ref('publications') }} as publications
    on records.publication_id = publications.publication_id
        and {{ of_last_publication('publications') }}
inner join {{ ref('month_end_balances') }} as balances
    on {{ same(account_month + ['publication_id'], 'records', 'balances') }}
left join {{ ref('balance_breaks') }} as shown
    on {{ same(break, 'records', 'shown') }}
where balances.month {{ in_months(months) }}
    and shown.feed is null
