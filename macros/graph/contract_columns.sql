{# SQL case over a feed column: the names of the columns in each feed's contract, comma-joined as in a manifest. #}
{%- macro contract_columns(feed_column) -%}
    case
        {% for feed in feeds() -%}
        when {{ feed_column }} = {{ sql_text(feed) }} then {{ sql_text(contract(feed).columns.keys() | join(',')) }}
        {% endfor -%}
    end
{%- endmacro %}
