-- A currency that a contract names for all its rows has minor units: without them no amount could break its scale.
with

named as (
    {% for feed in var('feeds') %}
    select
        '{{ feed }}' as feed,
        cast({{ sql_text(contract(feed).meta.get('currency', '')) }} as varchar)
            as currency
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    named.feed,
    named.currency
from named
left join {{ ref('currencies') }} as currencies
    on named.currency = currencies.currency
where named.currency <> ''
    and currencies.minor_units is null
