-- The published month-ends. A month that is reported no more has a last version without a balance.
select * from {{ ref('earlier_last_versions') }}
where not is_gone
