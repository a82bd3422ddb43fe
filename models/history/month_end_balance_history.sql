-- The balances of the last three closed months, or, while no month is closed, of the last three that are complete;
-- other months by the macro month_end_history.
{%- set months = ask(
    'select substr(cast(min(month) as varchar), 1, 7), substr(cast(max(month) as varchar), 1, 7) from ('
    ~ 'select distinct month from ' ~ ref('closed_months') ~ ' order by month desc limit 3'
    ~ ') as closed having count(*) > 0', ref('closed_months')
) or ask(
    'select substr(cast(min(month) as varchar), 1, 7), substr(cast(max(month) as varchar), 1, 7) from ('
    ~ 'select distinct month from ' ~ ref('month_end_balances')
    ~ ' where not is_provisional order by month desc limit 3'
    ~ ') as complete having count(*) > 0', ref('month_end_balances')
) or [('0001-01', '0001-01')] %}
{{ month_end_history(ref('month_end_balances'), months[0][0], months[0][1]) }}
