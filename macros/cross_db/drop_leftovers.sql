{#
    Drops the temporary tables that builds which broke off left behind. Only Athena needs it: their names are unique there,
    so that two builds at once do not share them, and DuckDB's vanish with the connection.
#}
{% macro drop_leftovers() %}
    {{- return(adapter.dispatch('drop_leftovers', 'ledger_lake')()) -}}
{% endmacro %}

{% macro duckdb__drop_leftovers() %}{% endmacro %}

{% macro athena__drop_leftovers() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set schema = api.Relation.create(database=target.database, schema=target.schema) -%}
        {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | map(attribute='alias') | list -%}
        {%- for relation in adapter.list_relations_without_caching(schema) if '__dbt_tmp_' in relation.identifier
            and relation.identifier.split('__dbt_tmp_')[0] in models -%}
            {%- do adapter.drop_relation(relation) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
