{# True where a booking day lies before the earliest that the contract allows: a mistyped year would stretch every report. #}
{%- macro is_too_early(day, earliest_date) -%}
    {{ day }} < date {{ sql_text(earliest_date) }}
{%- endmacro %}
