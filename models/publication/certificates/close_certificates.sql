-- The certificates of closed months, with all their versions: a build appends one where anything of it differs from the
-- published one. Until a close has passed each publication becomes the last that it knows, which is no difference.
{%- set figures = [
    'file_count', 'rows_delivered', 'rows_malformed', 'rows_accepted', 'rows_quarantined', 'rows_condemned',
    'rows_duplicate', 'rows_passed_over', 'files_held', 'files_pending', 'account_count', 'unproven_count',
    'computed_count', 'break_count', 'openings_restated', 'gap_count', 'restatement_count',
] %}
{%- set texts = ['feeds_not_reached', 'money', 'inputs_sha256', 'balances_sha256', 'verdict'] %}
{%- set open_points = {
    'files_held': 'files held',
    'files_pending': 'files not looked at',
    'unproven_count - computed_count': 'balances not proven',
    'openings_restated': 'openings other than closed before',
    'gap_count': 'gaps in the deliveries',
    'restatement_count': 'balances restated since',
} %}
{%- set reasons = [
    "case when account_count = 0 then 'no balance was known' end",
    "'not reached: ' || feeds_not_reached",
] %}
{%- for figure, point in open_points.items() %}
{%- do reasons.append("case when " ~ figure ~ " > 0 then '" ~ point ~ ": ' || cast(" ~ figure ~ " as varchar) end") %}
{%- endfor %}
with

described as (

    select
        figures.*,
        cast(texts.feeds_not_reached as varchar) as feeds_not_reached,
        cast(texts.money as varchar) as money,
        cast(inputs.sha256 as varchar) as inputs_sha256,
        cast(balances.sha256 as varchar) as balances_sha256
    from {{ ref('int_closed_month_figures') }} as figures
    left join {{ ref('int_closed_month_texts') }} as texts
        on figures.month = texts.month
    left join {{ ref('int_closed_month_hashes') }} as inputs
        on figures.month = inputs.month
            and inputs.part = 'inputs'
    left join {{ ref('int_closed_month_hashes') }} as balances
        on figures.month = balances.month
            and balances.part = 'balances'

),

reasoned as (

    select
        *,
        {{ compact_array(reasons) }} as reasons
    from described

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
