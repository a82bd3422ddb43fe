"""Wrong models: edits of the project, each with the audit that is to see it."""

from __future__ import annotations

from dataclasses import dataclass

MONTH_ENDS = "models/balances/int_month_ends.sql"
VERSIONS = "models/balances/month_end_versions.sql"
COMPARED = "models/balances/int_compared_month_ends.sql"
OF_MONTH_ENDS = "    {{ rows_of(ref('int_month_ends')) }}"
ENTRIES = "models/balances/int_entries_to_close.sql"
ENTRY = "where entries.booking_month > accounts.checkpoint_month"
ACCEPTED = "models/ledger/accepted_rows.sql"
IS_ACCEPTED = "and evaluated.status = 'accepted'"
SET_ASIDE = "models/ledger/set_aside_rows.sql"
MONTHS_SHOWN = "readers_see_the_months_of_the_records"
ROWS_SHOWN = "readers_see_the_rows_of_the_records"
ACCOUNTS_SHOWN = "readers_see_the_accounts_of_the_records"
CARDS = "models/staging/transactions/stg_transactions.sql"
LEDGER = "models/staging/ledger_entries/stg_ledger_entries.sql"


@dataclass(frozen=True)
class Wrong:
    """An edit that makes a model wrong, and the audit that is to see it."""

    place: str
    old: str
    new: str
    audit: str


WRONG = {
    "balance + 1 in the month ends": Wrong(
        MONTH_ENDS, "cast(balance as decimal", "cast(balance + 1 as decimal", "month_ends_add_up"
    ),
    "balance + 1 in the versions": Wrong(
        VERSIONS,
        "from {{ ref('int_compared_month_ends') }}\nwhere",
        "from (select * replace (cast(balance + 1 as decimal(38, 4)) as balance)"
        " from {{ ref('int_compared_month_ends') }}) as compared\nwhere",
        "month_ends_add_up",
    ),
    "balance + 1 with its opening": Wrong(
        COMPARED,
        OF_MONTH_ENDS,
        "select * replace (cast(balance + 1 as decimal(38, 4)) as balance,"
        " cast(opening_balance + 1 as decimal(38, 4)) as opening_balance)"
        " from {{ ref('int_month_ends') }} where publication_id = {{ publication_id() }}",
        "month_ends_add_up",
    ),
    "balance + 1 with a break": Wrong(
        COMPARED,
        OF_MONTH_ENDS,
        "select * replace (cast(balance + 1 as decimal(38, 4)) as balance,"
        " cast(break_amount + 1 as decimal(38, 4)) as break_amount)"
        " from {{ ref('int_month_ends') }} where publication_id = {{ publication_id() }} and month = date '2024-04-01'",
        "month_ends_add_up",
    ),
    "balance + 1 with a break where none is stated": Wrong(
        COMPARED,
        OF_MONTH_ENDS,
        "select * replace (cast(balance + if(feed = 'transactions', 1, 0) as decimal(38, 4)) as balance,"
        " cast(break_amount + if(feed = 'transactions', 1, 0) as decimal(38, 4)) as break_amount)"
        " from {{ ref('int_month_ends') }} where publication_id = {{ publication_id() }} and month = date '2024-04-01'",
        "month_ends_add_up",
    ),
    "balance is missing": Wrong(
        COMPARED,
        OF_MONTH_ENDS,
        "select * replace (cast(null as decimal(38, 4)) as balance) from {{ ref('int_month_ends') }}"
        " where publication_id = {{ publication_id() }}",
        "month_ends_add_up",
    ),
    "quiet months are proven": Wrong(
        MONTH_ENDS,
        "\n    is_proven,\n",
        "\n    is_proven or (entry_count = 0 and basis = 'stated') as is_proven,\n",
        "month_ends_add_up",
    ),
    "months with breaks are proven": Wrong(
        "models/balances/int_months_closed.sql",
        "        and not bool_or(abs(days.break_amount) > feed_months.balance_tolerance)\n",
        "",
        "month_ends_add_up",
    ),
    "a month is skipped": Wrong(
        MONTH_ENDS,
        "where entries.known_month is null or spine.month > entries.known_month",
        "where (entries.known_month is null or spine.month > entries.known_month) and spine.month <> date '2024-02-01'",
        "every_account_has_every_month_once",
    ),
    "the last month is skipped": Wrong(
        MONTH_ENDS, ") as of_both", ") as of_both where month < date '2024-04-01'", "every_account_has_every_month_once"
    ),
    "a month is there twice": Wrong(
        MONTH_ENDS,
        "    select * from carried",
        "    select * from carried union all select * from computed",
        "every_account_has_every_month_once",
    ),
    "nothing is written": Wrong(
        COMPARED, OF_MONTH_ENDS, f"{OF_MONTH_ENDS} and false", "every_account_has_every_month_once"
    ),
    "quiet accounts do not grow": Wrong(
        MONTH_ENDS, "where accounts.feed is null", "where false", "every_account_has_every_month_once"
    ),
    "late entries are not restated": Wrong(
        COMPARED, OF_MONTH_ENDS, f"{OF_MONTH_ENDS} and month > date '2024-03-01'", "movements_are_those_of_the_ledger"
    ),
    "accounts of late entries are not found": Wrong(
        "models/balances/int_touched_accounts.sql",
        " from changed_entries",
        " from changed_entries where booking_month > date '2024-03-01'",
        "accounts_of_changed_entries_are_closed",
    ),
    "accounts of entries taken back are not found": Wrong(
        "models/balances/int_touched_accounts.sql",
        " from changed_entries",
        " from changed_entries where account_id <> 'C0'",
        "accounts_of_changed_entries_are_closed",
    ),
    "an entry is dropped": Wrong(
        ENTRIES, ENTRY, f"{ENTRY} and entries.transaction_id <> 'u3'", "movements_are_those_of_the_ledger"
    ),
    "an entry is doubled": Wrong(
        ENTRIES,
        "from {{ ref('int_ledger_entries') }} as entries",
        "from (select * from {{ ref('int_ledger_entries') }} union all"
        " select * from {{ ref('int_ledger_entries') }} where transaction_id = 'u3') as entries",
        "movements_are_those_of_the_ledger",
    ),
    "a published entry is dropped from the ledger": Wrong(
        "models/ledger/int_ledger_entries.sql",
        "where changes.file_id is null",
        "where changes.file_id is null and entries.transaction_id <> 't6'",
        "movements_are_those_of_the_ledger",
    ),
    "a new entry is dropped from the ledger": Wrong(
        "models/ledger/int_ledger_entries.sql",
        "from {{ ref('accepted_rows') }}\nwhere publication_id = {{ publication_id() }}",
        "from {{ ref('accepted_rows') }}\nwhere publication_id = {{ publication_id() }} and transaction_id <> 'u3'",
        "movements_are_those_of_the_ledger",
    ),
    "the sign is turned": Wrong(
        ENTRIES,
        "    entries.{{ columns | join(', entries.') }}",
        "    entries.{{ columns | join(', entries.') | replace('entries.amount', '-entries.amount as amount') }}",
        "movements_are_those_of_the_ledger",
    ),
    "stated balances are forgotten": Wrong(
        "models/ledger/int_ledger_entries.sql",
        "    entries.{{ columns | join(', entries.') }}",
        "    entries.{{ columns | join(', entries.') | replace('entries.balance_after', 'null') }}",
        "month_ends_are_the_banks",
    ),
    "the sign is turned in the record": Wrong(
        ACCEPTED,
        "    evaluated.amount,",
        "    cast(-evaluated.amount as decimal(24, 4)) as amount,",
        "money_in_is_money_out",
    ),
    "stated closings are others": Wrong(
        "models/balances/int_daily_closings.sql",
        "cast(case when is_stated then stated_closing else",
        "cast(case when is_stated then stated_closing + 1 else",
        "month_ends_are_the_banks",
    ),
    "amount + 1 where no balance is stated": Wrong(
        CARDS,
        "    amount,",
        "    cast(amount + 1 as decimal(24, 4)) as amount,",
        "money_in_is_money_out",
    ),
    "amount + 1 where balances are stated": Wrong(
        LEDGER,
        "    amount,",
        "    cast(amount + 1 as decimal(24, 4)) as amount,",
        "money_in_is_money_out",
    ),
    "stated balance + 1": Wrong(
        LEDGER,
        "    balance_after,",
        "    cast(balance_after + 1 as decimal(24, 4)) as balance_after,",
        "money_in_is_money_out",
    ),
    "an amount is missing": Wrong(
        CARDS,
        "    amount,",
        "    case when transaction_id <> 'u3' then amount end as amount,",
        "money_in_is_money_out",
    ),
    "everything is proven": Wrong(
        MONTH_ENDS,
        "cast(entry_count as bigint) as entry_count,\n    cast(basis as varchar) as basis,\n    is_proven,",
        "cast(entry_count as bigint) as entry_count,\n    cast(basis as varchar) as basis,\n    true as is_proven,",
        "month_ends_add_up",
    ),
    "entries are booked in another month": Wrong(
        ACCEPTED,
        "{{ month_of('evaluated.booking_date') }} as booking_month",
        "cast({{ month_of('evaluated.booking_date') }} + interval '1' month as date) as booking_month",
        "movements_are_those_of_the_ledger",
    ),
    "entries are left out": Wrong(
        ACCEPTED, IS_ACCEPTED, f"{IS_ACCEPTED} and evaluated.row_number <> 9", "every_delivered_row_is_in_one_place"
    ),
    "an entry is there twice and another is lost": Wrong(
        ACCEPTED,
        "from {{ ref('int_written_rows') }} as evaluated",
        "from (select * from {{ ref('int_written_rows') }} where row_number <> 9 union all"
        " select * from {{ ref('int_written_rows') }} where row_number = 10) as evaluated",
        "every_delivered_row_is_in_one_place",
    ),
    "rows set aside are lost": Wrong(
        SET_ASIDE,
        "and evaluated.status <> 'accepted'",
        "and evaluated.status = 'condemned'",
        "changed_rows_keep_their_money",
    ),
    "accounts are lost": Wrong(
        "models/ledger/account_records.sql",
        IS_ACCEPTED,
        f"{IS_ACCEPTED} and evaluated.row_number <> 1",
        "every_delivered_row_is_in_one_place",
    ),
    "rows evaluated again are not noted": Wrong(
        "models/ledger/row_changes.sql", "    and is_changed", "    and false", "changed_rows_are_written"
    ),
    "duplicates are let in": Wrong(
        "models/evaluation/int_key_winners.sql", "then 'duplicate'", "then 'accepted'", "keys_are_accepted_once"
    ),
    "conflicts are let in": Wrong(
        "models/evaluation/int_key_winners.sql",
        "        else 'conflict'",
        "        else 'accepted'",
        "keys_are_accepted_once",
    ),
    "amount + 1 in the published entries": Wrong(
        "models/earlier/earlier_accepted_rows.sql",
        "select entries.*\n",
        "select entries.* replace (cast(entries.amount + 1 as decimal(24, 4)) as amount)\n",
        "movements_are_those_of_the_ledger",
    ),
    "published entries are forgotten": Wrong(
        "models/earlier/earlier_accepted_rows.sql",
        "where changes.file_id is null",
        "where changes.file_id is null and entries.transaction_id <> '2'",
        "movements_are_those_of_the_ledger",
    ),
    "keys of the published entries are forgotten": Wrong(
        "models/earlier/earlier_accepted_rows.sql",
        "where changes.file_id is null",
        "where changes.file_id is null and entries.transaction_id <> 't1'",
        "keys_are_accepted_once",
    ),
    "balance + 1 in the published month ends": Wrong(
        "models/earlier/earlier_month_ends.sql",
        "{{ last_versions(earlier('month_end_versions'), ref('earlier_publications'), earlier('publication_feeds')) }}",
        "select * replace (cast(balance + 1 as decimal(38, 4)) as balance) from ("
        "{{ last_versions(earlier('month_end_versions'), ref('earlier_publications'), earlier('publication_feeds')) }}"
        ") as standing",
        "month_ends_add_up",
    ),
    "published month ends are forgotten": Wrong(
        "models/earlier/earlier_month_ends.sql",
        "{{ last_versions(earlier('month_end_versions'), ref('earlier_publications'), earlier('publication_feeds')) }}",
        "select * from ("
        "{{ last_versions(earlier('month_end_versions'), ref('earlier_publications'), earlier('publication_feeds')) }}"
        ") as standing where account_id <> 'B'",
        "every_account_has_every_month_once",
    ),
    "keys of the published rows are forgotten": Wrong(
        "models/earlier/earlier_rows.sql",
        "from {{ ref('earlier_accepted_rows') }}",
        "from {{ ref('earlier_accepted_rows') }} where false",
        "keys_are_accepted_once",
    ),
}
VIEWS = {
    "balance + 1": Wrong(
        "models/history/month_end_balances.sql",
        "    versions.balance,",
        "    versions.balance + 1 as balance,",
        MONTHS_SHOWN,
    ),
    "quiet months are missing": Wrong(
        "models/history/month_end_balances.sql",
        "    on versions.feed = feeds.feed",
        "    on versions.feed = feeds.feed and versions.entry_count > 0",
        MONTHS_SHOWN,
    ),
    "replaced months are shown": Wrong(
        "models/history/month_end_balances.sql",
        "{{ last_versions(ref('month_end_versions'), ref('publications'), ref('publication_feeds')) }}",
        "select * from {{ ref('month_end_versions') }} where not is_gone",
        MONTHS_SHOWN,
    ),
    "balance + 1 in the versions": Wrong(
        "models/history/month_end_balance_versions.sql",
        "    versions.balance,",
        "    versions.balance + 1 as balance,",
        MONTHS_SHOWN,
    ),
    "replaced versions are not superseded": Wrong(
        "models/history/month_end_balance_versions.sql",
        "then replacing.publication_number",
        "then cast(null as bigint)",
        MONTHS_SHOWN,
    ),
    "amount + 1": Wrong(
        "models/ledger/fct_ledger_entries.sql",
        "    entries.amount,",
        "    cast(entries.amount + 1 as decimal(24, 4)) as amount,",
        MONTHS_SHOWN,
    ),
    "entries taken back are shown": Wrong(
        "models/ledger/fct_ledger_entries.sql", "where changes.file_id is null", "where true", MONTHS_SHOWN
    ),
    "amount + 1 of rows set aside": Wrong(
        "models/ledger/set_aside_entries.sql",
        "    set_aside.amount,",
        "    cast(set_aside.amount + 1 as decimal(24, 4)) as amount,",
        ROWS_SHOWN,
    ),
    "rows released are shown twice": Wrong(
        "models/ledger/set_aside_entries.sql", "where changes.file_id is null", "where true", ROWS_SHOWN
    ),
    "duplicates are missing": Wrong(
        "models/ledger/duplicate_entries.sql", "where status = 'duplicate'", "where false", ROWS_SHOWN
    ),
    "malformed rows are missing": Wrong(
        "models/ledger/malformed_rows.sql", "    on malformed.file_id = files.file_id", "    on false", ROWS_SHOWN
    ),
    "rows accepted + 1": Wrong(
        "models/ledger/file_reconciliation.sql",
        "    rows_accepted,",
        "    rows_accepted + 1 as rows_accepted,",
        "reconciled_rows_add_up",
    ),
    "a row of another status": Wrong(
        "models/ledger/file_reconciliation.sql",
        "    rows_accepted,\n    rows_quarantined,",
        "    rows_accepted + 1 as rows_accepted,\n    rows_quarantined - 1 as rows_quarantined,",
        ROWS_SHOWN,
    ),
    "as closed + 1": Wrong(
        "models/history/month_end_balances_as_closed.sql",
        "    versions.*,",
        "    versions.* replace (versions.balance + 1 as balance),",
        "readers_see_the_months_as_closed",
    ),
    "first reported + 1": Wrong(
        "models/history/month_end_balances_first_reported.sql",
        "    versions.*,",
        "    versions.* replace (versions.balance + 1 as balance),",
        "readers_see_the_months_as_first_reported",
    ),
    "history + 1": Wrong(
        "macros/balances/month_end_history.sql",
        "then accounts.balance_{{ loop.index }}",
        "then accounts.balance_{{ loop.index }} + 1",
        "readers_see_the_month_end_history",
    ),
    "difference + 1": Wrong(
        "models/history/restatements.sql",
        "coalesce(balance_as_closed, 0) as difference",
        "coalesce(balance_as_closed, 0) + 1 as difference",
        "readers_see_the_restatements",
    ),
    "nothing is shown as closed": Wrong(
        "models/history/month_end_balances_as_closed.sql",
        "where not versions.is_gone",
        "where false",
        "readers_see_the_months_as_closed",
    ),
    "nothing is shown as first reported": Wrong(
        "models/history/month_end_balances_first_reported.sql",
        "    reported.reported_at\nfrom versions\n",
        "    reported.reported_at\nfrom (select * from versions where false) as versions\n",
        "readers_see_the_months_as_first_reported",
    ),
    "the history is empty": Wrong(
        "models/history/month_end_balance_history.sql",
        "{{ month_end_table(ref('month_end_balances'), literals) }}",
        "select * from ({{ month_end_table(ref('month_end_balances'), literals) }}) as months where false",
        "readers_see_the_month_end_history",
    ),
    "no restatement is shown": Wrong(
        "models/history/restatements.sql",
        "where balance is distinct from balance_as_closed",
        "where false",
        "readers_see_the_restatements",
    ),
    "breaks + 1": Wrong(
        "models/history/balance_breaks.sql",
        "    breaks.break_amount,",
        "    breaks.break_amount + 1 as break_amount,",
        "readers_see_the_breaks",
    ),
    "accounts stay as they were": Wrong(
        "models/ledger/accounts.sql",
        "order by files.delivery_number desc) as recency",
        "order by files.delivery_number) as recency",
        ACCOUNTS_SHOWN,
    ),
}
