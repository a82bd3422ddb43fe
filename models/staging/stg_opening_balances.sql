-- What accounts held on the day on which somebody began to keep them here, from the seed. Of several lines of an
-- account the one that was decided last counts.
{%- set account = ['feed', 'account_id', 'currency'] %}
with

dated as (

    select
        {{ account | join(', ') }},
        as_of,
        balance,
        source,
        decided_by,
        decided_at,
        {{ utc_from_iso_offset('decided_at') }} as decided_at_utc
    from {{ ref('opening_balances') }}
    {% if var('as_of') -%}
    where {{ utc_from_iso_offset('decided_at') }} <= {{ utc_from_iso_offset(sql_text(var('as_of'))) }}
    {%- endif %}

)

select
    *,
    cast(as_of - interval '1' day as date) as day,
    row_number() over (partition by {{ account | join(', ') }} order by decided_at_utc desc) = 1 as is_latest
from dated
