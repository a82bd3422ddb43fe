-- Every known balance that this build lets in or takes out is of an account that is closed again from the month of that
-- day or an earlier one.
{%- set account = ['feed', 'account_id', 'currency'] %}
with

changed as (

    select file_id, {{ account | join(', ') }}, day from {{ ref('stated_balances') }}
    where publication_id = {{ publication_id() }}
    union all
    select earlier.file_id, earlier.{{ account | join(', earlier.') }}, earlier.day
    from {{ ref('earlier_stated_balances') }} as earlier
    where earlier.file_id in (select files.file_id from {{ ref('int_files_replaced') }} as files)
    union all
    select
        'opening_balances' as file_id,
        {{ account | join(', ') }},
        cast(as_of - interval '1' day as date) as day
    from {{ ref('openings') }}
    where publication_id = {{ publication_id() }}

)

select changed.*
from changed
left join {{ ref('int_touched_accounts') }} as touched
    on {{ same(account, 'changed', 'touched') }}
        and touched.publication_id = {{ publication_id() }}
where changed.account_id is not null
    and changed.currency is not null
    and (touched.first_month <= {{ month_of('changed.day') }}) is distinct from true
    and changed.day is not null
    and exists (
        select 1 from {{ ref('int_this_build') }} as this_build
        where this_build.publication_id = {{ publication_id() }}
    )
