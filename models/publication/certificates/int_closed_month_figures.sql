-- Per month to be certified the figures of what it was closed on: files and rows, balances and their money, breaks and
-- what was missing; and how many balances are others by now.
{%- set row_counts = [
    'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate',
    'rows_passed_over',
] %}
{%- set figures = ['file_count'] + row_counts + [
    'files_held', 'files_pending', 'account_count', 'unproven_count', 'computed_count', 'break_count',
    'openings_restated', 'gap_count', 'restatement_count',
] %}
with

closed_balances as (
    {{ rows_of(ref('int_closed_balances')) }}
),

files as (

    select
        month,
        count(*) filter (where is_known) as file_count,
        {% for count in row_counts -%}
        sum({{ count }}) filter (where is_known) as {{ count }},
        {% endfor -%}
        count(*) filter (where is_held) as files_held,
        count(*) filter (where is_pending) as files_pending
    from {{ ref('int_closed_files') }}
    where publication_id = {{ publication_id() }}
    group by month

),

balances as (

    select
        month,
        count(version_id) as account_count,
        count(*) filter (where not is_proven) as unproven_count,
        count(*) filter (where not is_proven and basis = 'computed') as computed_count,
        count(*) filter (where known_before is distinct from closed_before) as openings_restated,
        count(*) filter (where balance is distinct from balance_now) as restatement_count
    from closed_balances
    group by month

),

money as (

    select
        month,
        {{ dbt.listagg("place || ': ' || total", "', '", 'order by place') }} as money
    from (
        select
            month,
            feed || ' ' || currency as place,
            cast(sum(opening_balance) as varchar) || ' + ' || cast(sum(movement) as varchar) || ' + '
            || cast(sum(break_amount) as varchar) || ' = ' || cast(sum(balance) as varchar) as total
        from closed_balances
        where version_id is not null
        group by month, feed, currency
    ) as totals
    group by month

),

-- The breaks of a version are rows of the publication that made it.
breaks as (

    select
        balances.month,
        count(*) as break_count
    from closed_balances as balances
    inner join {{ ref('day_breaks') }} as days
        on {{ same(['feed', 'account_id', 'currency', 'month'], 'balances', 'days') }}
            and balances.version_id = days.publication_id
    group by balances.month

)

select
    closed_months.month,
    closed_months.closed_at,
    closed_months.closed_by,
    closed_months.closed_on_number,
    closed_months.is_provisional,
    {% for figure in figures -%}
    cast(coalesce({{ figure }}, 0) as bigint) as {{ figure }},
    {% endfor -%}
    money.money,
    gaps.feeds_not_reached
from {{ ref('int_months_to_certify') }} as closed_months
left join {{ ref('int_closed_month_gaps') }} as gaps
    on closed_months.month = gaps.month
left join files
    on closed_months.month = files.month
left join balances
    on closed_months.month = balances.month
left join money
    on closed_months.month = money.month
left join breaks
    on closed_months.month = breaks.month
where closed_months.publication_id = {{ publication_id() }}
