{{ config(materialized='view') }}

with

standing as (
    {{ standing_judgements(ref('int_quarantined_entries')) }}
)

select * from standing
