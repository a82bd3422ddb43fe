-- The claims of the rows that contest a key with others, or on which something was decided. A row claims its key when
-- its file is delivered, and once more with each decision to release it: after the files that had landed by then.
with

contesting as (
    {{ rows_of(ref('int_contesting_rows')) }}
),

claims as (

    select
        file_id,
        row_number,
        delivery_number as slot,
        cast(null as timestamp(6)) as released_at
    from contesting
    union all
    select
        file_id,
        row_number,
        slot,
        decided_at_utc as released_at
    from {{ ref('int_row_decisions') }}
    where publication_id = {{ publication_id() }}
        and decision = 'release'

)

select
    contesting.*,
    claims.slot,
    claims.released_at,
    not contesting.breaks_rules
    and not contesting.is_withdrawn
    and not coalesce(contesting.is_passed_over, false)
    and coalesce(contesting.last_decision, 'release') = 'release' as is_contested
from contesting
inner join claims
    on contesting.file_id = claims.file_id
        and contesting.row_number = claims.row_number
