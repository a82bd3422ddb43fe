-- A held file is no fault of the build: other feeds are published, and a person decides. The warning names each file,
-- figure and limit.
{{ config(severity='warn', tags=['after_commit']) }}
{%- for row in ask(
    'select message from ' ~ ref('held_files') ~ ' where failure is not null order by file_id', ref('held_files')
) %}
{%- do exceptions.warn('HELD: ' ~ row[0]) %}
{%- endfor %}
select * from {{ ref('held_files') }}
