-- The certificates of closed months, with all their versions: a build appends one where anything of it differs from the
-- published one. Until a close has passed each publication becomes the last that it knows, which is no difference.
{%- set figures = [
    'file_count', 'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned',
    'rows_duplicate', 'rows_passed_over', 'files_held', 'files_pending', 'account_count', 'unproven_count',
    'computed_count', 'break_count', 'openings_restated', 'gap_count', 'restatement_count',
] %}
{%- set texts = ['feeds_not_reached', 'money', 'inputs_sha256', 'balances_sha256', 'verdict'] %}
{%- set reasons = [
    "case when account_count = 0 then 'no balance was known' end",
    "'not reached: ' || feeds_not_reached",
    "'files held: ' || cast(nullif(files_held, 0) as varchar)",
    "'files not looked at: ' || cast(nullif(files_pending, 0) as varchar)",
    "'balances not proven: ' || cast(nullif(unproven_count - computed_count, 0) as varchar)",
    "'openings other than closed before: ' || cast(nullif(openings_restated, 0) as varchar)",
    "'gaps in the deliveries: ' || cast(nullif(gap_count, 0) as varchar)",
    "'balances restated since: ' || cast(nullif(restatement_count, 0) as varchar)",
] %}
with

reasoned as (

    select
        figures.*,
        inputs.sha256 as inputs_sha256,
        balances.sha256 as balances_sha256,
        {{ compact_array(reasons) }} as reasons
    from {{ ref('int_closed_month_figures') }} as figures
    left join {{ ref('int_closed_month_hashes') }} as inputs
        on figures.month = inputs.month
            and inputs.part = 'inputs'
    left join {{ ref('int_closed_month_hashes') }} as balances
        on figures.month = balances.month
            and balances.part = 'balances'

),

concluded as (

    select
        *,
        cast(case when {{ array_length('reasons') }} = 0 then 'certified' else 'qualified' end as varchar) as verdict
    from reasoned

)

select
    {{ publication_id() }} as publication_id,
    new.month,
    new.closed_at,
    new.closed_by,
    new.closed_on_number,
    new.is_provisional,
    new.{{ (figures + texts) | join(', new.') }},
    new.reasons
from concluded as new
left join {{ ref('earlier_certificates') }} as earlier
    on {{ same(['month', 'closed_at'], 'new', 'earlier') }}
where earlier.month is null
    or new.is_provisional <> earlier.is_provisional
    {%- for column in figures + texts %}
    or new.{{ column }} is distinct from earlier.{{ column }}
    {%- endfor %}
