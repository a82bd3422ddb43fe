{#
    Select of the month-end balances as they were known at a moment: of each month that was reported by then the version that
    stood. `moment` is SQL of a timestamp in UTC.
#}
{% macro balances_as_known_at(moment) %}
    select *
    from {{ ref('month_end_balance_versions') }}
    where known_from <= {{ moment }}
        and (known_to is null or known_to > {{ moment }})
{% endmacro %}
