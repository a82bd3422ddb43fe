{# The last month that a feed reports: that of its latest entry, or report_end_month where that is later. #}
{%- macro report_end(latest_month) -%}
    {%- if var('report_end_month') -%}
        greatest({{ latest_month }}, date '{{ var('report_end_month') }}-01')
    {%- else -%}
        {{ latest_month }}
    {%- endif -%}
{%- endmacro %}
