"""A contract with a mistake is told with file, key and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loader.contract.model import Contract
from loader.contract.project import find_project_dir, load_contracts
from loader.errors import ContractError, UsageError

Edit = Callable[[str, str], Contract]
SHIPPED = Path(__file__).parents[2]


def test_a_contract_holds_what_its_source_states(contract: Contract) -> None:
    assert contract.feed == "payments"
    assert contract.headers == ["PaymentID", "Amount"]
    assert [column.meta.required for column in contract.columns] == [True, False]
    assert (contract.meta.delimiter, contract.meta.quote, contract.meta.encoding) == (",", '"', "utf-8")


def test_quarantine_limit_is_five_percent_unless_stated(edit_contract: Edit) -> None:
    assert edit_contract("quarantine_limit: 0.05", "").meta.quarantine_limit == 0.05


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: entries", "kind: entry", "payments.config.meta.kind: allowed is 'entries' or 'reference'"),
        ("time_zone: UTC", "time_zoen: UTC", "payments.config.meta.time_zo"),
        ("time_zone: UTC", "time_zone: UTC\n            delimter: ';'", "unknown key; did you mean 'delimiter'?"),
        ("type: decimal", "type: money", "payments.columns.amount.config.meta.type: allowed is 'id', 'text'"),
        ("header: Amount, ", "", "payments: column amount: state its 'header' or 'position', 'default', or the"),
        (
            "header: Amount, ",
            "headr: Amount, header: x, ",
            "amount.config.meta.headr: unknown key; did you mean 'header'",
        ),
        ("header: Amount", "header: PaymentID", "duplicate header PaymentID"),
        ("name: amount", "name: payment_id", "duplicate name payment_id"),
        ("name: amount", "name: row_number", "payments: columns: row_number is a name that the loader or the models"),
        ("name: payments", "name: files", "files: name: files is a table that the loader writes; choose another"),
        ("name: payments", "name: malformed_rows", "malformed_rows: name: malformed_rows is a table that the loader"),
        ("name: amount", "name: Amount ", "payments.columns.Amount.name"),
        ("[payment_id]", "[paymentid]", "business_key: no column 'paymentid'; did you mean 'payment_id'?"),
        ("[payment_id]", "[]", "payments.config.meta.business_key"),
        ("[payment_id]", "[amount]", "business_key: column 'amount' must be 'required: true'"),
        ('delimiter: ","', "", "payments.config.meta.delimiter: the key is missing"),
        ("currency: EUR", "balance_tolerance: '0'", "entries need one column of type currency, or 'currency'"),
        ("type: decimal", "type: currency", "entries need one column of type currency, or 'currency'"),
        ("currency: EUR", "currency: euro", "payments.config.meta.currency"),
        ("currency: EUR", "currency: EUR\n            balance_tolerance: '-1'", "a decimal in quotes"),
        (
            "currency: EUR",
            "currency: EUR\n            balance_tolerance: 1.0",
            "payments.config.meta.balance_tolerance",
        ),
        ('delimiter: ","', "delimiter: '||'", "config.meta.delimiter: one ASCII character is allowed"),
        ('delimiter: ","', 'delimiter: "\\r"', "config.meta.delimiter: one ASCII character is allowed"),
        ("quote: '\"'", "quote: '§'", "config.meta.quote: one ASCII character is allowed"),
        ('delimiter: ","', "delimiter: '\"'", "'delimiter' and 'quote' must differ"),
        ("encoding: utf-8", "encoding: base64", "config.meta.encoding: an encoding of text that Python"),
        (
            "quarantine_limit: 0.05",
            "quarantine_limit: 5",
            "config.meta.quarantine_limit: allowed is less than or equal",
        ),
        ("time_zone: UTC", "time_zone: Europe/Prag", "config.meta.time_zone: an IANA time zone is allowed"),
        ("time_zone: UTC", "time_zone: ../UTC", "config.meta.time_zone: an IANA time zone is allowed"),
        ("type: id,", "type: id, unsigned: true,", "'unsigned' is allowed with type decimal only"),
        ("type: id,", "type: id, format: yyyyMMdd,", "'format' is allowed with types date and timestamp only"),
        ("type: decimal", "type: date, format: yyMMdd", "'century' goes with 'yy' in 'format'"),
        ("type: decimal", "type: decimal, accepted_values: []", "columns.amount.config.meta.accepted_values: "),
        ("header: Amount", 'header: "Amount\\n"', "amount.config.meta.header: a header without line ends is allowed"),
        ("header: Amount", 'header: "A\\rmount"', "amount.config.meta.header: a header without line ends is allowed"),
        ("tables:\n", "tables: 4\n        nothing:\n", "not readable as YAML"),
        ("header: Amount", 'header: " "', "amount.config.meta.header: a header that is not blank is allowed"),
        ("name: amount, ", "", "payments.columns: the column at position 2 has no name"),
        ("{name: amount, ", "Amount, {name: amount, ", "not readable as YAML"),
        (
            "- {name: payment_id,",
            "- payment_id\n          - {name: payment_id,",
            "the column at position 1 has no name",
        ),
        ("- name: payments", "- nmae: payments", "raw.tables: the table at position 1 has no name"),
        ("name: payments", "name: Payments", "Payments.name: "),
        ("kind: entries", "", "payments.config.meta.kind: the key is missing"),
        ('file_patterns: ["payments*.csv"]', "", "payments.config.meta.file_patterns: the key is missing"),
        ("config:\n", "confg:\n", "payments.config.meta: the key is missing"),
        ("meta:\n", "mata:\n", "payments.config.meta: the key is missing"),
        (
            "config: {meta: {header: Amount, type: decimal}}",
            "",
            "payments.columns.amount.config.meta: the key is missing",
        ),
        (
            "kind: entries",
            "kind: entries\n            kind: reference",
            "not readable as YAML: the key 'kind' on line 10 is given already on line 9",
        ),
        ("type: decimal", "type: decimal, type: text", "the key 'type' on line 23 is given already on line 23"),
        ("sources:", "sources: [", "not readable as YAML"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_what_is_allowed(
    edit_contract: Edit, old: str, new: str, message: str
) -> None:
    with pytest.raises(ContractError) as raised:
        edit_contract(old, new)
    text = str(raised.value)
    assert text.startswith("models/staging/payments/_payments__sources.yml: ")
    assert message in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "name",
    [
        *("row_number", "line_number", "extra_fields", "ingest_date", "file_id", "feed", "business_key", "row_hash"),
        *("delivery_number", "landed_at", "booked_at", "minor_units", "raw_record"),
        *("failed_codes", "rejection_reasons", "rejection_details"),
    ],
)
def test_loaders_and_models_own_column_names_are_reserved(edit_contract: Edit, name: str) -> None:
    with pytest.raises(ContractError, match=f"columns: {name} is a name that the loader or the models give"):
        edit_contract("name: amount", f"name: {name}")


@pytest.mark.parametrize("number", ["1_000", "1e3", "+1", "-1", "1.", ".5", "1.00\\n", " 1", "NaN", "\u0661", ""])
@pytest.mark.parametrize("key", ["balance_tolerance", "quarantine_limit", "code_limit", "contract_version"])
def test_a_number_in_quotes_is_plain_digits(edit_contract: Edit, key: str, number: str) -> None:
    edit_contract("quarantine_limit: 0.05", "")
    edit_contract("contract_version: 3", "contract_version: '3'")
    old = "contract_version: '3'" if key == "contract_version" else "time_zone: UTC"
    with pytest.raises(ContractError, match=rf"payments\.config\.meta\.{key}: a .* in plain digits"):
        edit_contract(old, f'{key}: "{number}"' + ("" if key == "contract_version" else "\n            time_zone: UTC"))


@pytest.mark.parametrize("number", ["0", "0.5", "1000.00"])
def test_a_tolerance_in_plain_digits_is_allowed(edit_contract: Edit, number: str) -> None:
    contract = edit_contract("time_zone: UTC", f"time_zone: UTC\n            balance_tolerance: '{number}'")
    assert contract.meta.balance_tolerance == number


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("header: Amount", "header: \"Saldo {{ var('x') }}\"", "payments.columns.amount.config.meta.header: "),
        ("header: Amount", "header: [Amount, 'a{#b']", "payments.columns.amount.config.meta.header.1: "),
        (
            "type: id, required: true",
            "type: id, required: true, values: {'{%x': y}",
            "payments.columns.payment_id.config.meta.values: ",
        ),
        ("kind: entries", "kind: entries\n            footer: ['Total', '{{{{.*']", "payments.config.meta.footer.1: "),
        (
            "kind: entries",
            "kind: entries\n            pass_over: [{amount: {except: ['{{1}}']}}]",
            "payments.config.meta.pass_over.0.amount.except.0: ",
        ),
    ],
)
def test_template_of_dbt_in_a_contract_is_refused(edit_contract: Edit, old: str, new: str, place: str) -> None:
    with pytest.raises(ContractError) as raised:
        edit_contract(old, new)
    assert f"_payments__sources.yml: {place}a text without '{{" in str(raised.value)
    assert "state the 'position' in the file" in str(raised.value)


def test_templates_beside_the_meta_and_escaped_braces_are_allowed(edit_contract: Edit) -> None:
    edit_contract("- name: raw", "- name: raw\n    schema: \"{{ env_var('LEDGER_LAKE_RAW_SCHEMA') }}\"")
    edit_contract("config:\n", 'loaded_at_query: "select max(x) from {{ this }}"\n        config:\n')
    contract = edit_contract(
        "kind: entries", r"kind: entries" + "\n" + r"            footer: ['\{\{.*', '[0-9]{2}\{\%']"
    )
    assert contract.meta.footer == [r"\{\{.*", r"[0-9]{2}\{\%"]


def test_names_have_at_most_sixty_characters(edit_contract: Edit) -> None:
    with pytest.raises(
        ContractError, match=r"payments\.columns\.a{61}\.name: a name of at most 60 characters is allowed"
    ):
        edit_contract("name: amount", f"name: {'a' * 61}")
    assert edit_contract(f"name: {'a' * 61}", f"name: {'a' * 60}").column_names[1] == "a" * 60
    with pytest.raises(ContractError, match=r"name: a name of at most 60 characters is allowed; p{20}… has 230"):
        edit_contract("name: payments", f"name: {'p' * 230}")


@pytest.mark.parametrize("name", ["having", "localtime", "unpivot"])
def test_words_of_sql_are_names_of_columns_like_others(edit_contract: Edit, name: str) -> None:
    assert edit_contract("name: amount", f"name: {name}").column_names == ["payment_id", name]


def test_a_merge_key_may_be_overridden(edit_contract: Edit) -> None:
    contract = edit_contract(
        "{header: Amount, type: decimal}}}",
        "&amount {header: Amount, type: decimal}}}\n"
        "          - {name: fee, config: {meta: {<<: *amount, header: Fee, type: text}}}",
    )
    assert contract.headers == ["PaymentID", "Amount", "Fee"]


@pytest.mark.parametrize("name", ["booking_date", "currency", "account_id", "transaction_id"])
def test_canonical_names_that_senders_use_too_are_allowed(edit_contract: Edit, name: str) -> None:
    assert edit_contract("name: amount", f"name: {name}").column_names == ["payment_id", name]


def test_two_contracts_of_one_feed_are_a_mistake(project: Path) -> None:
    folder = project / "models" / "staging"
    text = (folder / "payments" / "_payments__sources.yml").read_text()
    (folder / "_copy__sources.yml").write_text(text)
    with pytest.raises(ContractError, match=r"the feed payments is also in models/staging/_copy__sources\.yml"):
        load_contracts(project)


def test_sources_that_nobody_delivers_are_no_feeds(project: Path) -> None:
    (project / "models" / "staging" / "_raw__sources.yml").write_text(
        "sources: [{name: raw, tables: [{name: files}]}, {name: other, tables: [{name: x, config: {meta: {kind: y}}}]}]"
    )
    assert list(load_contracts(project)) == ["payments"]


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("payments.csv", True),
        ("payments_1.csv.gz", True),
        ("payments_1.csv.zst", True),
        ("Payments.csv", False),
        ("payments.csv.zip", False),
        ("old_payments.csv", False),
    ],
)
def test_a_file_pattern_is_matched_without_the_compression(contract: Contract, name: str, fits: bool) -> None:
    assert contract.fits(name) is fits


def test_the_project_is_the_nearest_one_above(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "models" / "staging")
    assert find_project_dir(None) == project
    with pytest.raises(UsageError, match=r"holds no dbt_project\.yml"):
        find_project_dir(str(project.parent))


def test_every_shipped_contract_is_sound() -> None:
    assert {"accounts", "ledger_entries", "transactions"} <= load_contracts(SHIPPED).keys()
