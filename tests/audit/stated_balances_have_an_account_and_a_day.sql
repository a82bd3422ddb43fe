-- A balance that a file states without saying of which account or day proves nothing. It is kept, and told here: a file
-- that states balances of itself has entries of one account and one currency.
{{ config(severity='warn') }}
{%- for row in ask(
    'select distinct file_id from ' ~ ref('stated_balances') ~ ' where publication_id = ' ~ publication_id()
    ~ ' and (account_id is null or currency is null or day is null) order by 1', ref('stated_balances')
) %}
{%- do exceptions.warn(
    'NOT USED: file ' ~ row[0]
    ~ ' states a balance, and not of which account and day: it has entries of none, or of several.'
) %}
{%- endfor %}
select
    file_id,
    kind,
    balance,
    row_number
from {{ ref('stated_balances') }}
where publication_id = {{ publication_id() }}
    and (account_id is null or currency is null or day is null)
