{{ config(materialized='view') }}

with

standing as (
    {{ standing_judgements(ref('int_condemned_entries')) }}
)

select * from standing
