-- What metrics have told: one row per call of the pipeline that sent figures, and at first one of the build that makes
-- the table, by which what was published before counts as told. The calls append theirs after they have sent them, by
-- the macro note_figures_told; builds append nothing.
select
    cast(1 as bigint) as told_number,
    previous_publication_id as publication_id,
    cast(publication_number - 1 as bigint) as publication_number,
    cast({{ publication_time() }} as timestamp(6)) as told_at,
    cast('' as varchar) as held_files,
    cast('' as varchar) as late_feeds
from {{ ref('int_this_build') }}
where publication_id = {{ publication_id() }}
    and {{ 'false' if execute and load_relation(this) is not none else 'true' }}
