-- The rows of open runs tell which accounts to close again.
-- depends_on: {{ ref('int_entries_classified') }}

{% set account = ['feed', 'account_id', 'currency'] -%}
{%- set day = account + ['booking_date'] %}
with

{% if is_incremental() -%}
accounts_to_reclose as (
    {{ accounts_to_reclose(this) }}
),
{%- endif %}

entries as (

    select entries.*
    from {{ ref('fct_ledger_entries') }} as entries
    {% if is_incremental() -%}
    inner join accounts_to_reclose as reclosed
        on {{ same(account, 'entries', 'reclosed') }}
            and entries.booking_date >= reclosed.reclose_from
    where {{ is_reclosed_month('entries.booking_month', accounts_to_reclose(this)) }}
    {%- endif %}

),

{% if is_incremental() -%}
-- Days that go are not before reclose_from.
standing as (

    select known.*
    from {{ this }} as known
    inner join accounts_to_reclose as reclosed
        on {{ same(account, 'known', 'reclosed') }}
            and known.booking_date < reclosed.reclose_from

),
{%- endif %}

closings as (
    {{ close_days('entries', account, 'standing' if is_incremental() else none) }}
)

select closings.*
from closings
{{ where_changed(
    'closings',
    day,
    ['entry_count', 'opening_balance', 'movement', 'break_amount', 'closing_balance', 'basis', 'decided_by']
) }}
