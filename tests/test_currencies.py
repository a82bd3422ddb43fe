"""The seed of currencies holds what its description says."""

from __future__ import annotations

import csv
import re
from pathlib import Path

SEED = Path(__file__).parents[1] / "seeds" / "currencies.csv"
# ISO 4217, list of historic denominations: alphabetic code, numeric code, minor units, year of withdrawal.
WITHDRAWN_SINCE_2011 = {
    ("ANG", "532", 2, 2025),
    ("BGN", "975", 2, 2026),
    ("BYR", "974", 0, 2017),
    ("CUC", "931", 2, 2021),
    ("EEK", "233", 2, 2011),
    ("HRK", "191", 2, 2023),
    ("LTL", "440", 2, 2015),
    ("LVL", "428", 2, 2014),
    ("MRO", "478", 2, 2017),
    ("SLL", "694", 2, 2023),
    ("STD", "678", 2, 2017),
    ("USS", "998", 2, 2014),
    ("VEF", "937", 2, 2018),
    ("ZMK", "894", 2, 2012),
    ("ZWL", "932", 2, 2024),
}
# Withdrawn earlier; metals, codes for tests and for no currency, funds codes without minor units.
LEFT_OUT = {"DEM", "SKK", "TMM", "TRL", "ZWR", "XAU", "XAG", "XDR", "XFU", "XSU", "XTS", "XUA", "XXX"}
# What succeeded the withdrawn ones, and the rarer minor units.
IN_USE = {
    *(("BYN", 2), ("EUR", 2), ("MRU", 2), ("SLE", 2), ("STN", 2), ("VES", 2), ("VED", 2), ("XCG", 2), ("ZMW", 2)),
    *(("ZWG", 2), ("CLF", 4), ("UYW", 4), ("BHD", 3), ("IQD", 3), ("LYD", 3), ("TND", 3), ("CLP", 0), ("ISK", 0)),
    *(("RWF", 0), ("UYI", 0), ("XPF", 0), ("XAD", 2)),
}


def seed() -> dict[str, dict[str, str]]:
    with SEED.open(encoding="utf-8", newline="") as file:
        return {row["currency"]: row for row in csv.DictReader(file)}


def test_withdrawn_currencies_are_those_of_iso_4217_since_2011() -> None:
    stated = {
        (code, row["numeric_code"], int(row["minor_units"]), int(year.group(1)))
        for code, row in seed().items()
        if (year := re.search(r"\(withdrawn ([0-9]{4})\)$", row["name"]))
    }
    assert stated == WITHDRAWN_SINCE_2011


def test_currencies_in_use_have_their_minor_units() -> None:
    found = {code: row for code, row in seed().items() if "withdrawn" not in row["name"]}
    assert {(code, int(found[code]["minor_units"])) for code, _ in IN_USE if code in found} == IN_USE
    assert len(found) == 165


def test_metals_tests_and_older_currencies_are_left_out() -> None:
    assert LEFT_OUT.isdisjoint(seed())
