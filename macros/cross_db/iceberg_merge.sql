{#
    The merge of an incremental model on Athena, in place of dbt-athena's: one statement brings a table from what it held to
    what it holds, so that a reader sees the one or the other, and a build that breaks off has changed it or has not.

    It differs from dbt-athena's merge in that
    - rows that have to go (the macro that `config.meta.gone_rows` names selects them) are deleted by the same statement;
    - the target is pruned by literals: the condition names the values of the column `config.meta.merged_by` that occur in
      these rows. A condition on a column of both sides alone makes Iceberg read the whole table;
    - nothing is merged where there is nothing to merge;
    - a build that another one has superseded stops here, before each statement that would write.

    Athena writes to 100 partitions in one statement at the most. Rows of more months are merged in several: until the last one
    has run, a reader sees some of the months, and run_reconciliation does not call the run published before.
#}
{% macro iceberg_merge(
    on_schema_change, tmp_relation, target_relation, unique_key, incremental_predicates, existing_relation,
    delete_condition, update_condition, insert_condition, force_batch
) %}
    {%- if incremental_predicates or delete_condition or update_condition or insert_condition or force_batch -%}
        {{ exceptions.raise_compiler_error(
            'iceberg_merge: ' ~ model.name ~ ' sets an option of dbt-athena\'s merge that this one does not read; write the'
            ~ ' condition in the model, or name the rows that go by meta.gone_rows'
        ) }}
    {%- endif -%}
    {%- do stop_if_superseded() -%}
    {%- do process_schema_changes(on_schema_change, tmp_relation, existing_relation) -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key -%}
    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
    {%- set merged_by = model.config.meta.merged_by -%}
    {%- set partition = (config.get('partitioned_by') or ['0'])[0] -%}

    {%- set gone_rows = _gone_rows(tmp_relation, keys) -%}
    {%- set rows = _rows_to_merge(tmp_relation, columns, keys, gone_rows) -%}
    {%- set found = run_query(
        'select distinct is_gone, ' ~ merged_by ~ ', ' ~ partition ~ ' as partition_value from (' ~ rows ~ ') as rows_to_merge'
    ).rows -%}
    {%- if not found | selectattr(0) | list -%}
        {%- set rows = _rows_to_merge(tmp_relation, columns, keys, none) -%}
    {%- endif -%}
    {%- set touched = _is_one_of('target.' ~ merged_by, found | map(attribute=1) | list) -%}
    {%- set batches = found | map(attribute=2) | unique | sort | batch(100) | list -%}
    {%- for partitions in batches -%}
        {%- if batches | length > 1 -%}
            {%- set rows_of_batch = 'select * from (' ~ rows ~ ') as rows_to_merge where ' ~ _is_one_of(partition, partitions) -%}
        {%- else -%}
            {%- set rows_of_batch = rows -%}
        {%- endif -%}
        {%- do stop_if_superseded() -%}
        {%- do run_query(_merge_statement(target_relation, rows_of_batch, columns, keys, touched)) -%}
    {%- endfor -%}
    {{ return("select 'merged'") }}
{% endmacro %}

{% macro _rows_to_merge(tmp_relation, columns, keys, gone_rows) %}
    {%- set rows -%}
        select {{ columns | join(', ') }}, false as is_gone from {{ tmp_relation }} as fresh
        {%- if gone_rows %}
        union all
        select {{ columns | join(', ') }}, true as is_gone from ({{ gone_rows }}) as gone
        {%- endif -%}
    {%- endset -%}
    {{ return(rows) }}
{% endmacro %}

{#
    Select of the rows of the table that have to go, or none, as where the build has nothing to do. rows_taken_back: those of
    open runs that an earlier build has let in and this one has not; rows_judged_again: likewise, of runs whose rows this build
    judges. rows_of_other_builds: all that this one has not.
#}
{% macro _gone_rows(tmp_relation, keys) %}
    {%- set rule = model.config.meta.gone_rows -%}
    {%- if not rule or not something_to_do() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if rule in ('rows_taken_back', 'rows_judged_again', 'rows_of_other_builds') -%}
        {%- set to_judge = rule == 'rows_judged_again' -%}
        {{ return(
            'select standing.* from ' ~ this ~ ' as standing where '
            ~ (is_open_run('standing.run_id', to_judge=to_judge) ~ ' and ' if rule != 'rows_of_other_builds')
            ~ 'not exists (select 1 from ' ~ tmp_relation ~ ' as fresh where ' ~ same(keys, 'fresh', 'standing') ~ ')'
        ) }}
    {%- endif -%}
    {{ return(context[rule]()) }}
{% endmacro %}

{% macro _merge_statement(target, source, columns, keys, pruned_by) %}
    {%- set statement -%}
        merge into {{ target }} as target
        using ({{ source }}) as src
        on {{ same(keys, 'target', 'src') }} and {{ pruned_by }}
        when matched and src.is_gone then delete
        when matched then update set
            {%- for column in columns %} {{ column }} = src.{{ column }}{{ ',' if not loop.last }}{% endfor %}
        when not matched and not src.is_gone then insert ({{ columns | join(', ') }})
            values ({% for column in columns %}src.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
    {%- endset -%}
    {{ return(statement) }}
{% endmacro %}

{# A query may have 262,144 bytes: many values are given as their first and last one. #}
{% macro _is_one_of(column, values) %}
    {%- set literals = [] -%}
    {%- for value in values | unique(case_sensitive=true) | sort(case_sensitive=true) -%}
        {%- do literals.append(sql_text(value) if value is string else "date '" ~ value ~ "'") -%}
    {%- endfor -%}
    {%- if literals | length > 500 -%}
        {{ return(column ~ ' between ' ~ literals[0] ~ ' and ' ~ literals[-1]) }}
    {%- endif -%}
    {{ return(column ~ ' in (' ~ literals | join(', ') ~ ')') }}
{% endmacro %}
