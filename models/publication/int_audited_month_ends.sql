-- The month-ends of the accounts of int_audited_accounts as they stand if this build publishes, with the one before the
-- first month that changes. Where no account is looked at nothing is read.
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set account_month = account + ['month'] %}
{%- set columns = account_month + [
    'opening_balance', 'movement', 'break_amount', 'balance', 'entry_count', 'basis', 'is_proven',
] %}
{%- set republished = ask(
    'select feed from ' ~ ref('publication_feeds') ~ ' where is_republished and publication_id = ' ~ publication_id(),
    ref('publication_feeds')
) %}
select {{ columns | join(', ') }}
from {{ ref('month_end_versions') }}
where publication_id = {{ publication_id() }}
    and not is_gone
union all
select earlier.{{ columns | join(', earlier.') }}
from {{ ref('int_audited_earlier_month_ends') }} as earlier
inner join {{ ref('int_audited_accounts') }} as accounts
    on {{ same(account, 'earlier', 'accounts') }}
        and earlier.month >= cast(accounts.first_month - interval '1' month as date)
        and accounts.publication_id = {{ publication_id() }}
left join {{ ref('month_end_versions') }} as replacing
    on {{ same(account_month, 'earlier', 'replacing') }}
        and replacing.publication_id = {{ publication_id() }}
        and earlier.publication_id = replacing.previous_publication_id
where replacing.feed is null
    and not {{ in_texts('earlier.feed', republished | map(attribute=0) | list) }}
    and {{ 'true' if has_written(ref('int_audited_accounts')) else 'false' }}
