-- Who wins a key. Claims come in turns: files in the order of their delivery, and releases after the files that had
-- landed when they were decided. The first turn in which all claims have the same content wins, by its first row. The
-- same content in or after that turn is a duplicate; any other claim conflicts, and so does every claim of a key that
-- no turn wins.
{%- set key = ['feed', 'business_key', 'scope'] %}
with

claims as (

    select
        *,
        dense_rank() over (partition by {{ key | join(', ') }} order by slot, released_at nulls first) as turn
    from {{ ref('int_key_claims') }}
    where publication_id = {{ publication_id() }}
        and is_contested

),

turns as (

    select
        *,
        min(row_hash) over (partition by {{ key | join(', ') }}, turn)
        = max(row_hash) over (partition by {{ key | join(', ') }}, turn) as turn_agrees
    from claims

),

ranked as (

    select
        *,
        row_number() over (by_turn) as place,
        first_value(turn_agrees) over (by_turn) as is_won,
        first_value(turn) over (by_turn) as winning_turn,
        first_value(row_hash) over (by_turn) as winning_hash
    from turns
    window by_turn as (
        partition by {{ key | join(', ') }}
        order by case when turn_agrees then 0 else 1 end, turn, delivery_number, row_number
    )

)

select
    {{ publication_id() }} as publication_id,
    feed,
    file_id,
    row_number,
    slot,
    released_at,
    case
        when not is_won then 'conflict'
        when place = 1 then 'accepted'
        when turn >= winning_turn and row_hash = winning_hash then 'duplicate'
        else 'conflict'
    end as outcome
from ranked
