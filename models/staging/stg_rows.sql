-- The delivered rows of every feed, typed and checked by its contract. Each feed has a line here.
{{ feed_rows(ref('stg_accounts')) }}
union all
{{ feed_rows(ref('stg_ledger_entries')) }}
union all
{{ feed_rows(ref('stg_transactions')) }}
