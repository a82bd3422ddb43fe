{#
    The folder (or s3:// prefix) that holds the lake, as the loader sees it. The raw views find files by glob, so a folder
    whose name reads as a pattern would look empty.
#}
{%- macro lake_root() -%}
    {%- set root = env_var('LEDGER_LAKE_ROOT', './lake') -%}
    {%- for character in ['*', '?', '[', ']', '{', '}', "'"] if character in root -%}
        {{ exceptions.raise_compiler_error(
            'lake_root: LEDGER_LAKE_ROOT holds ' ~ character ~ ', which no lake may have in its path: ' ~ root
        ) }}
    {%- endfor -%}
    {{- return(root) -}}
{%- endmacro %}
