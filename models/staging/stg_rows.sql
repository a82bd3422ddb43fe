-- The delivered rows of every feed, typed and checked by its contract.
{% for feed in staged_feeds() -%}
{{ feed_rows(feed) }}
{{ 'union all' if not loop.last }}
{% endfor %}
