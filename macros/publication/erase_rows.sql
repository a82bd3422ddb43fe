{#
    Deletes the rows of an erased file from the records, where they stay after the last publication of it:

        dbt run-operation erase_rows --args '{file_id: …}'

    A build has to have published the file as erased, so that no reader sees the rows any more. What was published of balances stays.
    On Athena call it once more when Athena's five days of snapshots are over: it deletes nothing then, and removes the old data files.
#}
{% macro erase_rows(file_id) %}
    {%- set files = _relation_named('file_reconciliation') -%}
    {%- set found = ask(
        'select 1 from ' ~ files ~ ' as files where file_id = ' ~ sql_text(file_id) ~ ' and ' ~ is_erased('files'), files
    ) -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error(
            'NOTHING WAS DELETED: ' ~ file_id ~ ' is not published as erased. Withdraw it, run loader erase, and build; then erase its rows.'
        ) }}
    {%- endif -%}
    {%- set records = [] -%}
    {%- for name in ['accepted_rows', 'account_records', 'set_aside_rows', 'stated_balances'] -%}
        {%- set record = _relation_named(name) -%}
        {%- set rows = run_query('select count(*) from ' ~ record ~ ' where file_id = ' ~ sql_text(file_id)).rows[0][0] -%}
        {%- if rows > 0 -%}
            {%- do run_query('delete from ' ~ record ~ ' where file_id = ' ~ sql_text(file_id)) -%}
        {%- endif -%}
        {%- do records.append(record) -%}
        {%- do log(name ~ ': ' ~ rows ~ ' rows of ' ~ file_id ~ ' deleted', info=true) -%}
    {%- endfor -%}
    {%- do remove_deleted_rows(records) -%}
{% endmacro %}

{# Ends the deletions from these tables, and removes the rows from their files as far as the engine lets one say. #}
{% macro remove_deleted_rows(tables) %}
    {{- return(adapter.dispatch('remove_deleted_rows', 'ledger_lake')(tables)) -}}
{% endmacro %}

{# dbt rolls back what an operation leaves open. #}
{% macro duckdb__remove_deleted_rows(tables) %}
    {%- do run_query('commit') -%}
    {%- do run_query('checkpoint') -%}
    {%- do run_query('begin transaction') -%}
{% endmacro %}

{# A deletion is a file beside the data until the data is written again, and Athena waits for two of them by itself. #}
{% macro athena__remove_deleted_rows(tables) %}
    {%- for table in tables -%}
        {%- do run_query('alter table ' ~ table.render_hive() ~ " set tblproperties ('optimize_rewrite_delete_file_threshold' = '1')") -%}
        {%- do run_query('optimize ' ~ table.render() ~ ' rewrite data using bin_pack') -%}
        {%- do run_query('vacuum ' ~ table.render()) -%}
    {%- endfor -%}
{% endmacro %}
