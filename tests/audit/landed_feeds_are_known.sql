-- A landed file of a feed that no contract describes, or that stg_rows does not read, would wait for ever.
{%- set staging = 'model.' ~ project_name ~ '.stg_' %}
{%- set known = ["''"] %}
{%- for feed in feeds() if (staging ~ feed) in graph.nodes[staging ~ 'rows'].depends_on.nodes %}
{%- do known.append(sql_text(feed)) %}
{%- endfor %}
select
    files.file_id,
    files.feed
from {{ ref('stg_files') }} as files
where files.feed not in ({{ known | join(', ') }})
