{#
    Tells the program that runs dbt (pipeline/) something: a line of JSON in the log of dbt, below what a terminal shows. The
    program reads dbt's events, not its output, and JSON escapes what data hold, so no name of a file can be taken for such a line.
#}
{% macro tell(what, values) %}
    {%- set told = {'ledger_lake': what, 'publication_id': build_id()} -%}
    {%- do told.update(values) -%}
    {%- do log(tojson(told), info=false) -%}
{% endmacro %}

{# The rows of a query, each a mapping of its columns to texts, none where a value is NULL. #}
{% macro rows_as_texts(query) %}
    {%- set table = run_query(query) -%}
    {%- set rows = [] -%}
    {%- for row in table.rows -%}
        {%- set texts = {} -%}
        {%- for name in table.column_names -%}
            {%- do texts.update({name: row[name] | string if row[name] is not none else none}) -%}
        {%- endfor -%}
        {%- do rows.append(texts) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}
