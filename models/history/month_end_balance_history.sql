-- The balances of the last three closed months, or, while no month is closed, of the last three that are complete;
-- other months by the macro month_end_history.
{%- set months = ask(
    'select distinct cast(month as varchar) from ' ~ ref('closed_months') ~ ' order by 1 desc limit 3',
    ref('closed_months')
) or ask(
    'select cast(month as varchar) from (select distinct month from ' ~ ref('month_end_balances')
    ~ ' where not is_provisional) as months order by 1 desc limit 3', ref('month_end_balances')
) or [('0001-01-01',)] %}
{%- set literals = [] %}
{%- for month in months | map(attribute=0) | sort %}
{%- do literals.append("date '" ~ month ~ "'") %}
{%- endfor %}
{{ month_end_table(ref('month_end_balances'), literals) }}
