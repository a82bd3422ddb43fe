-- The entries after their checkpoint of the accounts that this build closes again.
{%- set columns = [
    'feed', 'account_id', 'currency', 'booking_month', 'booking_date', 'transaction_id', 'amount', 'balance_after',
] %}
{%- set accounts = ref('int_accounts_to_close') %}
{%- set first = ask(
    'select cast(min(checkpoint_month) as varchar) from ' ~ accounts ~ ' where publication_id = ' ~ publication_id(),
    accounts
) %}
select
    {{ publication_id() }} as publication_id,
    entries.{{ columns | join(', entries.') }}
from {{ ref('int_ledger_entries') }} as entries
inner join {{ accounts }} as accounts
    on {{ same(['feed', 'account_id', 'currency'], 'entries', 'accounts') }}
        and accounts.publication_id = {{ publication_id() }}
where entries.booking_month > accounts.checkpoint_month
    and {{ "entries.booking_month > date '" ~ first[0][0] ~ "'" if first and first[0][0] else 'false' }}
