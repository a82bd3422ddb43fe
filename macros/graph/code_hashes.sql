{#
    Hashes of what a feed's evaluation and its balances depend on. A feed whose hash is another one than that of the last
    publication is evaluated, or closed, again as a whole. dbt keeps checksums of models and seeds; macros count as what
    they render. Those of macros/graph and macros/publication are left out: they say which rows a build reads, not what a
    row is.
#}

{# Of a feed's evaluation: the contract's words (no descriptions, limits or calendar), staging, rules, currencies, time zone, models. #}
{% macro evaluation_hash(feed) %}
    {%- if not graph -%}
        {{ return('') }}
    {%- endif -%}
    {%- set parts = hashed_parts(feed) -%}
    {#- Not that of stg_rows, which reads every feed. -#}
    {%- for node in ['model.' ~ project_name ~ '.stg_' ~ feed, 'seed.' ~ project_name ~ '.currencies'] -%}
        {%- do parts.append(graph.nodes[node].checksum.checksum if node in graph.nodes else node) -%}
    {%- endfor -%}
    {%- do parts.append(_models_checksum(['evaluation'])) -%}
    {%- for name in ['stg_files', 'stg_malformed_rows', 'stg_decisions', 'int_written_rows', 'accepted_rows', 'set_aside_rows',
        'stated_balances', 'account_records'] -%}
        {%- do parts.append(graph.nodes['model.' ~ project_name ~ '.' ~ name].checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join(' '))) }}
{% endmacro %}

{# What the contract's words, rules and currencies render for a feed: a list of texts. #}
{% macro hashed_parts(feed) %}
    {%- set terms = contract(feed) -%}
    {%- set parts = [tojson(terms.columns), checked_rows(feed, 'landed', 'files', 'currencies'), provenance_columns(),
        feed_rows(feed, 'x'), compact_array(['x']), array_without_repeats('x'), array_length('x'), number_hash('x'), month_of('x'),
        same(['a', 'b'], 'c', 'd'), malformed_columns('x', 'y')] -%}
    {%- for key in ['kind', 'business_key', 'time_zone', 'currency', 'balance_stated'] -%}
        {%- do parts.append(terms.meta.get(key) | string) -%}
    {%- endfor -%}
    {{ return(parts) }}
{% endmacro %}

{# Of a feed's balances: the models of models/balances and the entries that they read, what their macros render, and the contract's words on balances. #}
{% macro balances_hash(feed) %}
    {%- if not graph -%}
        {{ return('') }}
    {%- endif -%}
    {%- set parts = [contract(feed).meta.balance_tolerance | string, month_of('x'), unnest_months('a', 'b', 'c'), last_known('a', 'b'),
        first_known('a', 'b'), same(['a', 'b'], 'c', 'd'), month_end_values() | join(' '), sql_text('x'),
        _models_checksum(['balances'])] -%}
    {%- for key in ['balance_stated', 'opening_balance', 'order'] -%}
        {%- do parts.append(contract(feed).meta.get(key) | string) -%}
    {%- endfor -%}
    {%- for name in ['int_ledger_entries', 'int_files_replaced', 'earlier_stated_balances', 'stg_opening_balances'] -%}
        {%- do parts.append(graph.nodes['model.' ~ project_name ~ '.' ~ name].checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join(' '))) }}
{% endmacro %}

{% macro _models_checksum(folders) %}
    {%- set checksums = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id')
        if node.resource_type == 'model' and node.package_name == project_name and node.fqn[1] in folders -%}
        {%- do checksums.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {{ return(checksums | join(' ')) }}
{% endmacro %}
