-- Breaks are the bank's to explain: they are shown, and stop nothing.
{{ config(severity='warn') }}

select * from {{ ref('balance_breaks') }}
where {{ balances_to_test() }}
