-- A close before the month's end would call what is still running final.
select *
from {{ ref('closed_months') }}
where (
    {{ local_date('closed_at', var('reporting_time_zone')) }} >= cast(month + interval '1' month as date)
) is distinct from true
