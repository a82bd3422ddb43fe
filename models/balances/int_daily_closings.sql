-- How each day closes: of the accounts that this build closes again, where balances are stated or known (decision 4).
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set day = account + ['booking_date'] %}
{%- set by_account = 'partition by ' ~ account | join(', ') ~ ' order by booking_date' %}
{%- set before = by_account ~ ' rows between unbounded preceding and 1 preceding' %}
{%- set after = by_account ~ ' rows between 1 following and unbounded following' %}
{%- set of_account = by_account ~ ' rows between unbounded preceding and unbounded following' %}
with

feed_months as (

    {{ rows_of(ref('int_feed_months')) }}

),

candidates as (

    {{ rows_of(ref('int_day_end_candidates')) }}

),

days as (

    select
        {{ day | join(', ') }},
        count(amount) as entry_count,
        coalesce(sum(amount), 0) as movement,
        count(balance_after) > 0 as is_stated,
        bool_or(is_opening) as is_opening
    from (
        select {{ day | join(', ') }}, amount, balance_after, false as is_opening from {{ ref('int_entries_to_close') }}
        where publication_id = {{ publication_id() }}
            and is_closed_by_days
        union all
        select {{ day | join(', ') }}, null as amount, balance as balance_after, is_opening
        from {{ ref('int_stated_days') }}
        where publication_id = {{ publication_id() }}
    ) as entries
    group by {{ day | join(', ') }}

),

-- The checkpoint stands as a day of its own before the first one that is closed, and so does what is known before the
-- first entry.
timeline as (

    select
        days.*,
        certain.balance as certain_closing,
        coalesce(certain.is_known, false) as is_known,
        coalesce(certain.is_contradicted, false) as is_contradicted
    from days
    left join candidates as certain
        on {{ same(day, 'days', 'certain') }}
            and certain.candidate_count = 1
    union all
    select
        {{ account | join(', ') }},
        cast(checkpoint_month + interval '1' month - interval '1' day as date) as booking_date,
        0 as entry_count,
        0 as movement,
        true as is_stated,
        true as is_opening,
        checkpoint_balance as certain_closing,
        false as is_known,
        false as is_contradicted
    from {{ ref('int_accounts_to_close') }}
    where publication_id = {{ publication_id() }}
        and checkpoint_balance is not null
        and is_closed_by_days

),

summed as (

    select
        *,
        sum(movement) over ({{ by_account }}) as movement_to_date
    from timeline

),

-- What the closing would be by the nearest certain day before, and by the nearest one after.
expected as (

    select
        *,
        movement_to_date + {{ last_known('certain_closing - movement_to_date', before) }} as expected_by_previous,
        movement_to_date + {{ first_known('certain_closing - movement_to_date', after) }} as expected_by_following
    from summed

),

distances as (

    select
        candidates.*,
        abs(candidates.balance - expected.expected_by_previous) as from_previous,
        abs(candidates.balance - expected.expected_by_following) as from_following,
        feed_months.balance_tolerance as tolerance
    from candidates
    inner join expected
        on {{ same(day, 'candidates', 'expected') }}
    inner join feed_months
        on candidates.feed = feed_months.feed
    where candidates.candidate_count > 1

),

-- The candidate that leaves the fewest breaks with its neighbours, then the least money in them, then the nearest to
-- the day before. If several still fit alike, the one that the last line of the day reached, where the order of lines
-- is stated, else the one with the smallest id, undecided.
ranked as (

    select
        *,
        rank() over (partition by {{ day | join(', ') }} order by break_count, broken_amount, from_previous) as fit,
        row_number() over (
            partition by {{ day | join(', ') }}
            order by break_count, broken_amount, from_previous, -last_place nulls last, first_id, balance
        ) as place
    from (
        select
            *,
            case when from_previous > tolerance then 1 else 0 end
            + case when from_following > tolerance then 1 else 0 end as break_count,
            coalesce(from_previous, 0) + coalesce(from_following, 0) as broken_amount
        from distances
    ) as measured

),

chosen as (

    select
        {{ day | join(', ') }},
        max(case when place = 1 then balance end) as balance,
        case
            when count(*) filter (where fit = 1) = 1 then 'neighbours'
            when max(case when place = 1 then last_place end) is not null then 'order'
            else 'undecided'
        end as decided_by,
        bool_or(is_contradicted) as is_contradicted
    from ranked
    group by {{ day | join(', ') }}

),

closed as (

    select
        expected.*,
        case
            when not expected.is_stated then 'movements'
            when expected.is_known then 'known'
            else coalesce(chosen.decided_by, 'chain')
        end as decided_by,
        expected.is_contradicted or coalesce(chosen.is_contradicted, false) as is_contradicted_itself,
        case when expected.is_stated then coalesce(expected.certain_closing, chosen.balance) end as stated_closing
    from expected
    left join chosen
        on {{ same(day, 'expected', 'chosen') }}

),

-- A day opens on the last closing that was stated and the movements since. Where none was stated yet it is worked
-- backwards from the first one that is; of an account without any, movements are all there is.
opened as (

    select
        *,
        coalesce(
            movement_to_date - movement + {{ last_known('stated_closing - movement_to_date', before) }},
            movement_to_date - movement + {{ first_known('stated_closing - movement_to_date', of_account) }},
            movement_to_date - movement
        ) as opening_balance,
        is_contradicted_itself
        or coalesce(lag(is_opening and is_contradicted_itself) over ({{ by_account }}), false) as contradicts,
        max(case when decided_by in ('chain', 'known') then booking_date end) over ({{ by_account }})
            as last_certain_day,
        max(case when is_stated then 1 else 0 end) over ({{ by_account }}) = 1 as has_stated_day,
        max(case when decided_by in ('neighbours', 'order', 'undecided') then booking_date end)
            over ({{ by_account }})
            as last_ambiguous_day
    from closed

)

select
    {{ publication_id() }} as publication_id,
    opened.{{ day | join(', opened.') }},
    {{ month_of('opened.booking_date') }} as month,
    cast(entry_count as bigint) as entry_count,
    cast(opening_balance as decimal(38, 4)) as opening_balance,
    cast(movement as decimal(38, 4)) as movement,
    cast(case when is_stated then stated_closing - opening_balance - movement else 0 end as decimal(38, 4))
        as break_amount,
    cast(case when is_stated then stated_closing else opening_balance + movement end as decimal(38, 4))
        as closing_balance,
    case when is_stated then 'stated' else 'computed' end as basis,
    decided_by,
    last_certain_day is not null as has_certain_day,
    has_stated_day,
    contradicts as is_contradicted,
    -- No later entry can change how this day and those before it closed.
    last_ambiguous_day is null or last_ambiguous_day < coalesce(last_certain_day, date '0001-01-01') as is_settled
from opened
inner join feed_months
    on opened.feed = feed_months.feed
where not opened.is_opening
    -- What is known of later days counts for those before it only.
    and {{ month_of('opened.booking_date') }} <= feed_months.last_month
