{#
    What an incremental table holds, for a model that reads its own table: without the rows that have to go. DuckDB has
    deleted them by then (delete_rows); on Athena they stand until the merge.
#}
{%- macro standing_rows(gone_rows, keys) -%}
    {{- return(adapter.dispatch('standing_rows', 'ledger_lake')(gone_rows, keys)) -}}
{%- endmacro %}

{%- macro duckdb__standing_rows(gone_rows, keys) -%}
    {{ this }}
{%- endmacro %}

{%- macro athena__standing_rows(gone_rows, keys) -%}
    (
        select held.*
        from {{ this }} as held
        where not exists (select 1 from ({{ gone_rows }}) as gone where {{ same(keys, 'gone', 'held') }})
    )
{%- endmacro %}
