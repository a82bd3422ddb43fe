-- What each account was said to be, from publication to publication. A snapshot has nothing to compare where nothing of
-- the feed was published after its newest row; one that was left out is made up for by the next build.
{% snapshot accounts_snapshot %}
{%- set newest = ask('select cast(max(dbt_valid_from) as varchar) from ' ~ this, this) %}
with

latest as (

    select max(published_at) as published_at from {{ ref('published_files') }}
    where feed = 'accounts'

)

select
    accounts.account_id,
    accounts.currency,
    accounts.opened_on,
    accounts.closed_on,
    accounts.status,
    accounts.changed_at,
    accounts.landed_at,
    accounts.file_id,
    latest.published_at
from {{ ref('accounts') }} as accounts
cross join latest
{%- if newest and newest[0][0] %}
where latest.published_at > timestamp '{{ newest[0][0] }}'
{%- endif %}
{% endsnapshot %}
