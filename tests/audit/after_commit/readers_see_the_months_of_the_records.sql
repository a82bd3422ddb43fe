-- What readers' views show of a month is what the records say of it, in rows and in money, by feed and currency: the
-- month-ends, all their versions and those that stand, and the entries, which add up to the movements. It looks at the
-- months that this build published or closed, or else at the last one.
{{ config(tags=['after_commit']) }}
-- depends_on: {{ ref('closes') }}
{%- set month = ['feed', 'currency', 'month'] %}
{%- set of_months = in_months_to_compare() %}
{%- set values = ['opening_balance', 'movement', 'break_amount', 'balance', 'entry_count'] %}
with

-- What was published of a feed before it was published anew does not stand any more.
republished as (

    select
        feeds.feed,
        max(publications.publication_number) as publication_number
    from {{ ref('publication_feeds') }} as feeds
    inner join {{ ref('publications') }} as publications
        on feeds.publication_id = publications.publication_id
    where feeds.is_republished
    group by feeds.feed

),

recorded_versions as (

    select
        versions.{{ month | join(', versions.') }},
        versions.previous_publication_id,
        versions.is_gone or publications.publication_number < coalesce(republished.publication_number, 0) as is_over,
        versions.account_id,
        versions.publication_id,
        versions.{{ values | join(', versions.') }}
    from {{ ref('month_end_versions') }} as versions
    inner join {{ ref('publications') }} as publications
        on versions.publication_id = publications.publication_id
    left join republished
        on versions.feed = republished.feed
    where versions.month {{ of_months }}

),

-- What stands is everything else that was published less what was replaced.
standing as (

    select {{ month | join(', ') }}, {{ values | join(', ') }}, 1 as row_count
    from recorded_versions
    where not is_over
    union all
    select
        replaced.{{ month | join(', replaced.') }},
        {%- for value in values %}
        -replaced.{{ value }} as {{ value }},
        {%- endfor %}
        -1 as row_count
    from recorded_versions as replaced
    inner join recorded_versions as replacing
        on {{ same(month + ['account_id'], 'replaced', 'replacing') }}
            and replaced.publication_id = replacing.previous_publication_id
            and replacing.previous_publication_id is not null
    where not replaced.is_over

),

recorded as (

    {%- for view in ['month_end_balances', 'versions that stand'] %}
    select
        '{{ view }}' as relation,
        {{ month | join(', ') }},
        {%- for value in values %}
        sum({{ value }}) as {{ value }},
        {%- endfor %}
        sum(row_count) as row_count
    from standing
    group by {{ month | join(', ') }}
    union all
    {%- endfor %}
    select
        'fct_ledger_entries' as relation,
        {{ month | join(', ') }},
        null as opening_balance,
        sum(movement) as movement,
        null as break_amount,
        null as balance,
        sum(entry_count) as entry_count,
        sum(entry_count) as row_count
    from standing
    group by {{ month | join(', ') }}
    having sum(entry_count) > 0
    union all
    select
        'month_end_balance_versions' as relation,
        {{ month | join(', ') }},
        {%- for value in values %}
        sum({{ value }}) as {{ value }},
        {%- endfor %}
        count(*) as row_count
    from recorded_versions
    group by {{ month | join(', ') }}

),

shown as (

    {%- for name, view, is_shown in [
        ('month_end_balances', ref('month_end_balances'), 'true'),
        ('month_end_balance_versions', ref('month_end_balance_versions'), 'true'),
        ('versions that stand', ref('month_end_balance_versions'), 'superseded_by_number is null and not is_gone'),
    ] %}
    select
        '{{ name }}' as relation,
        {{ month | join(', ') }},
        {%- for value in values %}
        sum({{ value }}) as {{ value }},
        {%- endfor %}
        count(*) as row_count
    from {{ view }}
    where month {{ of_months }}
        and {{ is_shown }}
    group by {{ month | join(', ') }}
    union all
    {%- endfor %}
    select
        'fct_ledger_entries' as relation,
        feed,
        currency,
        booking_month as month,
        null as opening_balance,
        sum(amount) as movement,
        null as break_amount,
        null as balance,
        count(*) as entry_count,
        count(*) as row_count
    from {{ ref('fct_ledger_entries') }}
    where booking_month {{ of_months }}
    group by feed, currency, booking_month

)

select
    coalesce(recorded.relation, shown.relation) as relation,
    {%- for column in month %}
    coalesce(recorded.{{ column }}, shown.{{ column }}) as {{ column }},
    {%- endfor %}
    recorded.row_count as rows_recorded,
    shown.row_count as rows_shown,
    recorded.movement as movement_recorded,
    shown.movement as movement_shown,
    recorded.balance as balance_recorded,
    shown.balance as balance_shown
from recorded
full outer join shown
    on {{ same(['relation'] + month, 'recorded', 'shown') }}
-- A month that ended has no rows left.
where coalesce(recorded.row_count, 0) <> coalesce(shown.row_count, 0)
    {%- for value in values %}
    or (shown.row_count > 0 and recorded.{{ value }} is distinct from shown.{{ value }})
    {%- endfor %}
