{# The text with every part that fits the pattern replaced by a plain text, which holds no `\` and no `$`. #}
{%- macro regexp_replace(expression, pattern, replacement='') -%}
    {{- return(adapter.dispatch('regexp_replace', 'ledger_lake')(expression, pattern, replacement)) -}}
{%- endmacro %}

{%- macro duckdb__regexp_replace(expression, pattern, replacement='') -%}
    regexp_replace({{ expression }}, {{ sql_text(pattern) }}, {{ sql_text(replacement) }}, 'g')
{%- endmacro %}

{%- macro athena__regexp_replace(expression, pattern, replacement='') -%}
    regexp_replace({{ expression }}, {{ sql_text(pattern) }}, {{ sql_text(replacement) }})
{%- endmacro %}
