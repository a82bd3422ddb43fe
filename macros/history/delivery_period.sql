{#
    SQL of the number of the period, of a delivery calendar, in which a day lies: a day, a business day with the days off that
    follow it, a week from Monday on, a month. The loader counts in the same way (loader/contract/delivery_calendar.py); public holidays
    are unknown to both.

    `calendar` is SQL of daily, business_days, weekly or monthly; `day` is SQL of a date from 1970-01-05 on, a Monday.
#}
{% macro delivery_period(calendar, day) %}
    {%- set days = "date_diff('day', date '1970-01-05', " ~ day ~ ")" -%}
    {%- set week = 'cast((' ~ days ~ ' - ' ~ days ~ ' % 7) / 7 as bigint)' -%}
    case {{ calendar }}
        when 'daily' then {{ days }}
        when 'business_days' then 5 * {{ week }} + least({{ days }} % 7, 4)
        when 'weekly' then {{ week }}
        when 'monthly' then date_diff('month', date '1970-01-01', {{ month_of(day) }})
    end
{% endmacro %}

{# SQL of the first day of the period with that number. #}
{% macro delivery_period_start(calendar, period) %}
    {%- set period = 'cast(' ~ period ~ ' as bigint)' -%}
    {%- set business_day = 'cast((' ~ period ~ ' - ' ~ period ~ ' % 5) / 5 as bigint) * 7 + ' ~ period ~ ' % 5' -%}
    cast(
        case {{ calendar }}
            when 'daily' then {{ dbt.dateadd('day', period, "date '1970-01-05'") }}
            when 'business_days' then {{ dbt.dateadd('day', business_day, "date '1970-01-05'") }}
            when 'weekly' then {{ dbt.dateadd('day', '7 * ' ~ period, "date '1970-01-05'") }}
            when 'monthly' then {{ dbt.dateadd('month', period, "date '1970-01-01'") }}
        end as date
    )
{% endmacro %}
