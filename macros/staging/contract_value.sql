{# SQL case over a feed column: what each feed's contract says under a key of its meta. #}
{%- macro contract_value(feed_column, key, type) -%}
    case
        {% for feed in var('feeds') -%}
        when {{ feed_column }} = {{ sql_text(feed) }} then cast({{ sql_text(contract(feed).meta[key]) }} as {{ type }})
        {% endfor -%}
    end
{%- endmacro %}
