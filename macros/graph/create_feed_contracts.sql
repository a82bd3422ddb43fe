{#
    Writes every feed's contract down as a view, feed_contracts (feed, contract as JSON), before the first model runs. A
    unit test, which gets no graph from dbt, reads the real contract there instead of a copy.
#}
{% macro create_feed_contracts() %}
    {%- if execute -%}
        {%- set rows = [] -%}
        {%- for feed in feeds() -%}
            {%- set written = tojson(contract(feed)) | replace("'", "''") -%}
            {%- do rows.append("select '" ~ feed ~ "' as feed, '" ~ written ~ "' as contract") -%}
        {%- endfor -%}
        {%- do run_query('create or replace view ' ~ _feed_contracts() ~ ' as ' ~ rows | join(' union all ')) -%}
    {%- endif -%}
{% endmacro %}

{% macro _feed_contracts() %}
    {{ return(api.Relation.create(database=target.database, schema=target.schema, identifier='feed_contracts')) }}
{% endmacro %}
