{#
    Select of the month-end balances as they were known at a moment: of each month that was reported by then the version that
    stood. `moment` is SQL of a timestamp in UTC.
#}
{% macro balances_as_known_at(moment) %}
    select versions.*
    from {{ ref('month_end_balance_versions') }} as versions
    where {{ stood_at('versions', moment) }}
{% endmacro %}
