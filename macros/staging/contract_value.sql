{# SQL case over a feed column: what each feed's contract says under a key of its meta. #}
{%- macro contract_value(feed_column, key, type) -%}
    case {{ feed_column }}
        {% for feed in var('feeds') -%}
        when '{{ feed }}' then cast('{{ contract(feed).meta[key] }}' as {{ type }})
        {% endfor -%}
    end
{%- endmacro %}
