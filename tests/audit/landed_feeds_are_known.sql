-- A landed file of a feed that no contract describes, or that stg_rows does not name, would wait for ever.
select
    files.file_id,
    files.feed
from {{ ref('stg_files') }} as files
where files.feed not in (
    {%- for feed in feeds() if ('model.' ~ project_name ~ '.stg_' ~ feed) in graph.nodes['model.' ~ project_name ~ '.stg_rows'].depends_on.nodes %}
    {{ sql_text(feed) }},
    {%- endfor %}
    ''
)
