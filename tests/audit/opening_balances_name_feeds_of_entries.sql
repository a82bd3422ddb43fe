-- An opening balance is of an account of a feed that delivers entries.
select openings.*
from {{ ref('stg_opening_balances') }} as openings
where openings.feed not in (
        {%- for feed in feeds() if contract(feed).meta.kind == 'entries' %}
        {{ sql_text(feed) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
