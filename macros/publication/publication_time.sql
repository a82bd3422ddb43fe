{# SQL of the moment of the commit, in UTC: the engine's time, or what LEDGER_LAKE_CLOCK sets for a demonstration or a test. #}
{%- macro publication_time() -%}
    {%- set clock = env_var('LEDGER_LAKE_CLOCK', '') -%}
    {{- utc_from_iso_offset(sql_text(clock)) if clock else commit_time() -}}
{%- endmacro %}

{# SQL of the time of this publication: never before the previous one's, whatever the clock says. #}
{%- macro published_at(this_build) -%}
    greatest({{ publication_time() }}, coalesce({{ this_build }}.previous_published_at + interval '1' second, {{ publication_time() }}))
{%- endmacro %}
