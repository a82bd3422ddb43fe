-- Per month to be certified the figures of what it was closed on: files and rows, balances, their breaks and what
-- became of them since.
{%- set counts = [
    'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned', 'rows_duplicate',
    'rows_passed_over',
] %}
with

closed_months as (

    select * from {{ ref('int_closed_months') }}
    where publication_id = {{ publication_id() }}
        and is_certified_anew

),

closed_balances as (
    {{ rows_of(ref('int_closed_balances')) }}
),

files as (

    select
        month,
        count(*) filter (where is_known) as file_count,
        {% for count in counts -%}
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
        balances.month,
        count(balances.version_id) as account_count,
        count(*) filter (where balances.version_id is not null and not balances.is_proven) as unproven_count,
        count(*) filter (where not balances.is_proven and balances.basis = 'computed') as computed_count,
        count(*) filter (
            where closed_months.before_closed_on_number is not null
            and balances.known_before is distinct from balances.closed_before
        ) as openings_restated,
        count(*) filter (where balances.balance is distinct from balances.balance_now) as restatement_count
    from closed_balances as balances
    inner join closed_months
        on balances.month = closed_months.month
    group by balances.month

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
    {% for relation, figures in {
        'files': ['file_count'] + counts + ['files_held', 'files_pending'],
        'balances': ['account_count', 'unproven_count', 'computed_count', 'openings_restated'],
        'breaks': ['break_count'],
        'gaps': ['gap_count'],
    }.items() -%}
    {% for figure in figures -%}
    cast(coalesce({{ relation }}.{{ figure }}, 0) as bigint) as {{ figure }},
    {% endfor -%}
    {% endfor -%}
    cast(coalesce(balances.restatement_count, 0) as bigint) as restatement_count
from closed_months
left join files
    on closed_months.month = files.month
left join balances
    on closed_months.month = balances.month
left join breaks
    on closed_months.month = breaks.month
left join {{ ref('int_closed_month_gaps') }} as gaps
    on closed_months.month = gaps.month
