{# The folder (or s3:// prefix) that holds the lake, as the loader sees it. #}
{%- macro lake_root() -%}
    {{- return(env_var('LEDGER_LAKE_ROOT', './lake')) -}}
{%- endmacro %}
