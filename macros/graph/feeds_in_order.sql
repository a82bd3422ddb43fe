{#
    The feeds whose contract says in which order the lines of a day are, each with the sign by which the number of a line counts: `+` of
    the oldest first, `-` of the newest first.
#}
{% macro feeds_in_order() %}
    {%- set found = {} -%}
    {%- for feed in feeds() if contract(feed).meta.get('order') -%}
        {%- do found.update({feed: '+' if contract(feed).meta.order == 'oldest_first' else '-'}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
