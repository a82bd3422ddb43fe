-- The published files as this build found them.
select * from {{ ref('int_earlier_files') }}
where build_id = {{ publication_id() }}
