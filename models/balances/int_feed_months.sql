-- Up to which month each feed was reported before this build, and is reported by it; whether its bank states balances;
-- and whether every account of it is closed again: because the code of its balances changed, or because its bank began
-- or stopped to state them.
{%- set entries_state = "feeds.balance_stated not in ('none', 'end_of_file')" %}
with

feeds as (

    select * from {{ ref('int_feeds') }}
    where publication_id = {{ publication_id() }}
        and kind = 'entries'

),

files as (

    select
        feed,
        rows_stated,
        last_booked_on,
        true as was_there,
        file_id not in (
            select evaluations.file_id from {{ ref('file_evaluations') }} as evaluations
            where evaluations.publication_id = {{ publication_id() }}
                and evaluations.verdict = 'passed'
        ) as is_there
    from {{ ref('earlier_files') }}
    where is_last
    union all
    select
        feed,
        rows_stated,
        last_booked_on,
        false as was_there,
        true as is_there
    from {{ ref('file_evaluations') }}
    where publication_id = {{ publication_id() }}
        and verdict = 'passed'

),

months as (

    select
        feed,
        {{ month_of('max(case when was_there then last_booked_on end)') }} as previous_last_month,
        {{ month_of('max(case when is_there then last_booked_on end)') }} as last_month,
        coalesce(sum(case when was_there then rows_stated end), 0) > 0 as stated_balances_before,
        coalesce(sum(case when is_there then rows_stated end), 0) > 0 as states_balances,
        max(case when was_there then 1 else 0 end) = 1 as was_there
    from files
    group by feed

)

select
    {{ publication_id() }} as publication_id,
    months.feed,
    months.previous_last_month,
    months.last_month,
    months.states_balances and {{ entries_state }} as states_balances,
    feeds.balance_stated,
    feeds.opens_on_zero,
    feeds.balance_tolerance,
    months.was_there and (
        feeds.is_closed_anew
        or (months.stated_balances_before <> months.states_balances and {{ entries_state }})
    ) as is_closed_anew
from months
inner join feeds
    on months.feed = feeds.feed
