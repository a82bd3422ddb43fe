-- The rows of the files that this build evaluates as a whole, typed and checked. Their text is read once on Athena,
-- where this is a work table; DuckDB reads it where it is needed.
select
    {{ publication_id() }} as publication_id,
    delivered.*
from {{ ref('stg_rows') }} as delivered
where {{ of_files(files_to_read(), 'delivered') }}
