select * from {{ ref('set_aside_entries') }}
where status = 'passed_over'
