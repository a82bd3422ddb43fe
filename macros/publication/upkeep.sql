{#
    Removes from an Athena schema the rows that nobody needs: of builds that published nothing and cannot any more, and what finished
    builds worked with. `make upkeep` runs it, at any time, also beside a build.

    A build publishes only if the publication that it follows is still the last one. So a build whose number is taken is over, even
    if it sleeps: what it wrote can never be seen. A build whose number is free is left alone, until another build takes the number.
#}
{% macro upkeep() %}
    {{- return(adapter.dispatch('upkeep', 'ledger_lake')()) -}}
{% endmacro %}

{% macro duckdb__upkeep() %}
    {%- do log('Nothing to do: on DuckDB each build removes what earlier ones have left.', info=true) -%}
{% endmacro %}

{% macro athena__upkeep() %}
    {%- set publications = source('earlier', 'publications') -%}
    {%- if load_relation(publications) is none -%}
        {{ return('') }}
    {%- endif -%}
    {#- The order of the questions matters: a build that begins or publishes meanwhile is under way or published in a later answer. -#}
    {%- set last_number = run_query('select coalesce(max(publication_number), 0) from ' ~ publications).rows[0][0] -%}
    {%- set written = _builds_by_table() -%}
    {%- set this_build = api.Relation.create(database=target.database, schema=target.schema, identifier='int_this_build') -%}
    {%- set under_way = _first_column('select publication_id from ' ~ this_build ~ ' where publication_number > ' ~ last_number) -%}
    {%- set published = _first_column('select publication_id from ' ~ publications ~ ' order by publication_number') -%}
    {%- for table in written -%}
        {#- The audits of the last publication read its work tables. -#}
        {%- set needed = under_way + (published if table.is_record else published[-1:]) -%}
        {%- set over = table.builds | reject('in', needed) | list -%}
        {%- for batch in over | batch(500) -%}
            {%- do run_query('delete from ' ~ table.relation ~ ' where ' ~ table.column ~ ' in (' ~ _literals(batch) ~ ')') -%}
        {%- endfor -%}
        {%- if over -%}
            {%- do log(table.relation.identifier ~ ': rows of ' ~ over | length ~ ' builds removed', info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{# Of every record and work table that is there: the builds that wrote into it. #}
{% macro _builds_by_table() %}
    {%- set written = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.config.materialized == 'appended' and node.name != 'publications' -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- if load_relation(relation) is not none -%}
            {%- set column = 'build_id' if node.name == 'int_earlier_files' else 'publication_id' -%}
            {%- do written.append({
                'relation': relation,
                'column': column,
                'is_record': 'record' in node.config.tags,
                'builds': _first_column('select distinct ' ~ column ~ ' from ' ~ relation),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(written) }}
{% endmacro %}

{% macro _first_column(query) %}
    {%- set values = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do values.append(row[0]) -%}
    {%- endfor -%}
    {{ return(values) }}
{% endmacro %}
