{#
    Keeps of a query's rows only those that an incremental table does not hold already with the same values, so that a
    merge writes nothing that stands as it is, and none where the build has nothing to do. Empty while the table is built
    from nothing.
#}
{% macro where_changed(rows, keys, values) %}
    {%- if is_incremental() and not something_to_do() -%}
where false
    {%- elif is_incremental() -%}
left join {{ this }} as standing
    on {{ same(keys, rows, 'standing') }}
where standing.{{ keys[0] }} is null
    {%- for value in values %}
    or {{ rows }}.{{ value }} is distinct from standing.{{ value }}
    {%- endfor %}
    {%- endif -%}
{% endmacro %}
