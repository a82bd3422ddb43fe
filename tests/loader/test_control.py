"""What a sender announces of a file is checked before it lands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from decimal import Context, Decimal
from pathlib import Path

import landing_tools
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from loader.cli.commands import cli
from loader.contract.model import Contract
from loader.csv.control_totals import ControlTotals, Expected, parse_totals
from loader.errors import FileRejectedError, UsageError
from loader.lake.landing import Landing

Deliver = Callable[..., Path]
_WIDE = Context(prec=76)
FILE = "PaymentID,Amount\n1,10.10\n2,\nbad\n3,-0.20\n4,1e3\n"
TRUE = Expected(5, {"Amount": Decimal("9.90")})


def test_file_as_it_was_announced_lands_and_its_manifest_says_so(
    landing: Landing, contract: Contract, deliver: Deliver
) -> None:
    landed = landing.land(deliver(FILE), contract, expected=TRUE)
    assert landed.manifest.control_totals == {"rows": "5", "sum(Amount)": "9.90"}


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (Expected(4), "4 rows were announced and 5 came: "),
        (
            Expected(None, {"Amount": Decimal("1009.9")}),
            "'Amount' was announced to sum to 1009.9 and sums to 9.9, without 1 value that is no number: ",
        ),
        (
            Expected(6, {"Amount": Decimal(0)}),
            "6 rows were announced and 5 came; 'Amount' was announced to sum to 0 and ",
        ),
    ],
)
def test_file_that_differs_is_refused_as_a_whole(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, expected: Expected, message: str
) -> None:
    file = deliver(FILE)
    with pytest.raises(FileRejectedError) as refused:
        landing.land(file, contract, expected=expected)
    assert refused.value.message.startswith(message)
    assert {key.split("/")[0] for key in landing_tools.objects(lake)} == {"landing", "rejections"}
    assert landing.land(file, contract, expected=TRUE).status == "landed"


def test_sum_is_that_of_numbers_as_the_contract_has_them(
    landing: Landing, edit_contract: Callable[[str, str], Contract], deliver: Deliver
) -> None:
    contract = edit_contract("type: decimal", 'type: decimal, decimal_char: ",", group_char: "."')
    file = deliver('PaymentID,Amount\n1,"1.010,10"\n2,\n3,"-0,20"\n4,"-0,20"\n5,1.5\n')
    right = Expected(None, {"Amount": Decimal("1009.70")})
    with pytest.raises(FileRejectedError, match=r"sums to 1009\.7, without 1 value that is no number"):
        landing.land(file, contract, expected=Expected(None, {"Amount": Decimal("1009.71")}))
    assert landing.land(file, contract, expected=right).status == "landed"


def test_sum_of_a_column_that_is_none_is_wrong_usage(landing: Landing, contract: Contract, deliver: Deliver) -> None:
    with pytest.raises(UsageError, match="no column 'Amont' in the contract of payments: it has PaymentID, Amount"):
        landing.land(deliver(FILE), contract, expected=Expected(None, {"Amont": Decimal(1)}))


REFERENCE = Contract.model_validate(
    {
        "feed": "payments",
        "path": "payments.yml",
        "meta": {
            "kind": "reference",
            "contract_version": 1,
            "file_patterns": ["*"],
            "delimiter": ",",
            "quote": '"',
            "encoding": "utf-8",
            "extra_columns": "reject",
            "business_key": ["amount"],
            "delivery_calendar": "daily",
            "time_zone": "UTC",
        },
        "columns": [{"name": "amount", "meta": {"header": "Amount", "type": "decimal", "required": True}}],
    }
)
PLAIN = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20) + 1, max_value=10**20 - 1, places=18)
BATCH = st.lists(st.none() | st.just("") | PLAIN.map("{:f}".format))


@given(st.lists(BATCH))
def test_sums_are_exact(batches: list[list[str | None]]) -> None:
    total = sum(int(Decimal(value).scaleb(18, _WIDE)) for batch in batches for value in batch if value)
    for off in (0, 1):
        totals = ControlTotals(REFERENCE, Expected(None, {"Amount": Decimal(total + off).scaleb(-18, _WIDE)}))
        for batch in batches:
            totals.add(pa.table({"amount": pa.array(batch, pa.string())}))
        with pytest.raises(FileRejectedError) if off else nullcontext():
            totals.check(0)


@pytest.mark.parametrize(
    "text",
    ["Amount", "Amount=", "=1", "Amount=x", "Amount=NaN", "Amount=1_000", "Amount= 12", "Amount=1e3", "Amount=\u0661"],
)
def test_total_of_another_form_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is not COLUMN=SUM"):
        parse_totals([text])


def test_a_column_has_one_sum() -> None:
    with pytest.raises(UsageError, match="'Amount' has two sums: give one"):
        parse_totals(["Amount=1", "Amount=2"])


def test_header_may_hold_an_equals_sign() -> None:
    assert parse_totals(["a=b=-1.50", "c=1"]) == {"a=b": Decimal("-1.50"), "c": Decimal(1)}


def test_command_checks_one_file(project: Path, lake: Path, deliver: Deliver) -> None:
    def run(*arguments: object) -> Result:
        command = ["--project-dir", str(project), "--root", str(lake), "land", *map(str, arguments)]
        return CliRunner().invoke(cli, command)

    one, two = deliver(FILE), deliver(FILE, "payments_2.csv")
    several = run("--expect-rows", 5, one, two)
    assert (several.exit_code, "are said of one file, and there are 2" in several.stderr) == (2, True)
    assert run("--expect-rows", 5, one.with_name("nothing*")).exit_code == 2
    wrong = run("--expect-total", "Amount=9.91", one)
    assert (wrong.exit_code, "error: payments.csv: 'Amount' was announced to sum to 9.91" in wrong.stderr) == (3, True)
    assert run("--expect-rows", 5, "--expect-total", "Amount=9.9", one).exit_code == 0
    # What has landed, even from an inbox that would be passed over, is compared too.
    assert run(one.parent).exit_code == 0
    two.unlink()
    for path in (one, one.parent):
        assert run("--expect-rows", 5, "--expect-total", "Amount=9.9", path).exit_code == 0
        wrong = run("--expect-rows", 6, "--expect-total", "Amount=9.91", path)
        assert wrong.exit_code == 3
        assert "6 rows were announced and 5 came; 'Amount' was announced to sum to 9.91 and sums to 9.9" in wrong.stderr
