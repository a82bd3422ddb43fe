{#
    A delivered date or time as a timestamp in UTC: by its own offset, else by the feed's time zone; NULL unless the text
    is an ISO 8601 date or time. A date is its first instant.
#}
{%- macro to_utc_timestamp(value, time_zone) -%}
    case
        when {{ value }} = '' or {{ breaks_timestamp(value) }} then null
        when {{ regexp_like(value, '(Z|[+-][0-9]{2}:[0-9]{2})\\z') }} then {{ utc_from_iso_offset(value) }}
        else {{ utc_from_local('cast(' ~ value ~ ' as timestamp)', time_zone) }}
    end
{%- endmacro %}
