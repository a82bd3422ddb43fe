-- Per month to be certified and account: the balance that the close knew, what it knew of the month before and with
-- what that had been closed, and the balance as it stands if this build publishes. The months are literals, so that no
-- other is read.
{%- set account_month = ['month', 'feed', 'account_id', 'currency'] %}
{%- set values = ['opening_balance', 'movement', 'break_amount', 'balance'] %}
{%- set months = [] %}
{%- for row in ask(
    'select distinct cast(month as varchar), cast(cast(month - interval \'1\' month as date) as varchar)'
    ~ ' from ' ~ ref('int_closed_months')
    ~ ' where publication_id = ' ~ publication_id() ~ ' and is_certified_anew', ref('int_closed_months')
) %}
{%- do months.extend(["date '" ~ row[0] ~ "'", "date '" ~ row[1] ~ "'"]) %}
{%- endfor %}
{%- set is_asked = 'month in (' ~ months | unique | join(', ') ~ ')' if months else 'false' %}
with

closed_months as (

    select * from {{ ref('int_closed_months') }}
    where publication_id = {{ publication_id() }}
        and is_certified_anew

),

-- What is asked about each certificate: the versions of a month that stood after a publication.
asked as (

    select
        month,
        'closing' as role,
        month as of_month,
        closed_on_number as after_number
    from closed_months
    union all
    select
        month,
        'opening' as role,
        cast(month - interval '1' month as date) as of_month,
        closed_on_number as after_number
    from closed_months
    union all
    select
        month,
        'closed before' as role,
        cast(month - interval '1' month as date) as of_month,
        before_closed_on_number as after_number
    from closed_months
    union all
    select
        month,
        'now' as role,
        month as of_month,
        9223372036854775807 as after_number
    from closed_months

),

versions as (

    select
        publication_id,
        publication_number,
        {{ account_month | join(', ') }},
        {{ values | join(', ') }},
        basis,
        is_proven,
        is_gone
    from {{ ref('earlier_versions') }}
    where {{ is_asked }}
    union all
    select
        versions.publication_id,
        this_build.publication_number,
        versions.{{ (account_month + values) | join(', versions.') }},
        versions.basis,
        versions.is_proven,
        versions.is_gone
    from {{ ref('month_end_versions') }} as versions
    inner join {{ ref('int_this_build') }} as this_build
        on versions.publication_id = this_build.publication_id
    where versions.publication_id = {{ publication_id() }}
        and {{ is_asked }}

),

in_order as (

    select
        *,
        lead(publication_number)
            over (partition by {{ account_month | join(', ') }} order by publication_number)
            as superseded_by_number
    from versions

),

answered as (

    select
        asked.month as closed_month,
        asked.role,
        in_order.*
    from in_order
    inner join asked
        on in_order.month = asked.of_month
            and in_order.publication_number <= asked.after_number
            and (in_order.superseded_by_number is null or in_order.superseded_by_number > asked.after_number)
    where not in_order.is_gone

)

select
    {{ publication_id() }} as publication_id,
    closed_month as month,
    feed,
    account_id,
    currency,
    {% for value in values -%}
    max(case when role = 'closing' then {{ value }} end) as {{ value }},
    {% endfor -%}
    cast(max(case when role = 'closing' then basis end) as varchar) as basis,
    max(case when role = 'closing' and is_proven then 1 when role = 'closing' then 0 end) = 1 as is_proven,
    cast(max(case when role = 'closing' then publication_id end) as varchar) as version_id,
    max(case when role = 'opening' then balance end) as known_before,
    max(case when role = 'closed before' then balance end) as closed_before,
    max(case when role = 'now' then balance end) as balance_now
from answered
group by closed_month, feed, account_id, currency
