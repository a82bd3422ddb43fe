{#
    Pre-hook of an incremental table: deletes the rows that the condition finds. DuckDB does that and the writing in one
    transaction. Athena has none, so its merge takes these rows out itself (iceberg_merge), and nothing is done before.
#}
{%- macro delete_rows(condition) -%}
    {{- return(adapter.dispatch('delete_rows', 'ledger_lake')(condition)) -}}
{%- endmacro %}

{%- macro duckdb__delete_rows(condition) -%}
    delete from {{ this }} where {{ condition }}
{%- endmacro %}

{%- macro athena__delete_rows(condition) -%}
{%- endmacro %}
