-- depends_on: {{ ref('stg_files') }}
-- The entries after their checkpoint of the accounts that this build closes again. Where the feed's contract says in
-- which order its lines are, `place` orders the entries of a day: files by their delivery, and the lines within a file.
{%- set columns = ['feed', 'account_id', 'currency', 'booking_month', 'booking_date', 'transaction_id', 'amount'] %}
{%- set accounts = ref('int_accounts_to_close') %}
{%- set first = ask(
    'select cast(min(checkpoint_month) as varchar) from ' ~ accounts ~ ' where publication_id = ' ~ publication_id(),
    accounts
) %}
{%- set ordered = feeds_in_order() %}
select
    {{ publication_id() }} as publication_id,
    entries.{{ columns | join(', entries.') }},
    case when accounts.states_balances then entries.balance_after end as balance_after,
    accounts.is_closed_by_days,
    {% if ordered -%}
    case entries.feed
        {%- for feed, sign in ordered.items() %}
        when {{ sql_text(feed) }} then 1000000000000 * files.delivery_number {{ sign }} entries.row_number
        {%- endfor %}
    end as place
    {%- else -%}
    cast(null as bigint) as place
    {%- endif %}
from {{ ref('int_ledger_entries') }} as entries
inner join {{ accounts }} as accounts
    on {{ same(['feed', 'account_id', 'currency'], 'entries', 'accounts') }}
        and accounts.publication_id = {{ publication_id() }}
{% if ordered -%}
left join {{ ref('stg_files') }} as files
    on entries.file_id = files.file_id
{% endif -%}
where entries.booking_month > accounts.checkpoint_month
    and {{ "entries.booking_month > date '" ~ first[0][0] ~ "'" if first and first[0][0] else 'false' }}
