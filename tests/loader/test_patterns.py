"""Patterns that Python and the SQL engines have to read alike."""

from __future__ import annotations

import re

import duckdb
import pytest
from pydantic import TypeAdapter, ValidationError

from loader.contract.patterns import SharedPattern, SharedPatternWithGroup

SHARED, WITH_GROUP = TypeAdapter(SharedPattern), TypeAdapter(SharedPatternWithGroup)
ALIKE = [
    (r"[A-Z]{2}[0-9]{10,}", "AB0123456789"),
    (r"a{0,3}", "a{,3}"),
    (r"(?:a{100}){10}", "a" * 1000),
    (r"a{1000}b{1000}", "a" * 1000 + "b" * 1000),
    (r"(?:[0-9]{2,30}-?){0,30}", "12-34"),
    (r"\{,3\}", "{,3}"),
    (r"\{\{.*", "{{ x"),
    (r"{x}", "{x}"),
    (r"a{}", "a{}"),
    (r"\_\ \/\#\;\'", "_ /#;'"),
    (r"\++[*+]+", "++*+"),
    (r"[^\]\[-]+", "x"),
    (r"[a-z\-0-9]", "-"),
    (r"[+-]?[a-c-]", "+-"),
    (r"[a&b|c~]+", "&|~"),
    (r"a&&b", "a&&b"),
    (r"[$^]", "$"),
    (r"\$\^", "$^"),
    (r".", "\r"),
    (r".", "\n"),
    (r"[é-ÿ]+?", "êë"),
]


@pytest.mark.parametrize(("pattern", "text"), ALIKE)
def test_allowed_pattern_is_read_by_sql_as_by_python(pattern: str, text: str) -> None:
    allowed = SHARED.validate_python(pattern)
    with duckdb.connect() as connection:
        found = connection.execute("select regexp_matches(?, ?)", [text, f"^(?:{allowed})\\z"]).fetchone()
    assert found == (re.fullmatch(pattern, text) is not None,)


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"a{,2}", r"x{,}", r"a{02}", r"a{1,02}", r"\ä", "\\\t", r"\h", r"a\Z", r"\b", r"[\w]", r"\1"),
        *(r"a*+", r"a?+", r"a{2}+", r"(?i)a", r"(?P<x>a)", r"(?<=a)b", r"(?>a)", r"(?#a)", r"^a", r"a$", "a$\n"),
        *(r"[[a]", r"[[:alpha:]]", r"[a[b]", r"[a&&b]", r"[+--]", r"[a||b]", r"[a~~b]", r"[]a]", r"[^]a]"),
        *(r"[0-9-,]", r"[a-c-e]", r"[x\h]", r"[\é]"),
    ],
)
def test_pattern_that_engines_read_differently_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="means different things to different engines"):
        SHARED.validate_python(pattern)


@pytest.mark.parametrize(
    ("pattern", "repetitions"),
    [
        (r"[0-9]{1200}", "1,200"),
        (r"[0-9]{1001,}", "1,001"),
        (r"(?:a{30}|b){40}", "1,200"),
        (r"(?:(?:x(?:a{2,}){30})*b){20,21}", "1,260"),
    ],
)
def test_more_than_a_thousand_repetitions_are_refused(pattern: str, repetitions: str) -> None:
    with pytest.raises(ValidationError) as raised:
        SHARED.validate_python(pattern)
    assert (
        f"1,000 repetitions are allowed, those of groups within groups multiplied; {pattern!r} has {repetitions}: use"
        in str(raised.value)
    )


@pytest.mark.parametrize("pattern", [r"(a*)*", r"(|x)+", r"(?:(a?)b?){2}", r"(a){0,1}", r"(?:x|(?:y(a*))?)*"])
def test_group_that_is_repeated_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="a group that is not repeated is allowed"):
        WITH_GROUP.validate_python(pattern)


def test_group_of_repetitions_or_none_is_allowed() -> None:
    for pattern in (r"((?:a*)*)", r"x(a)?", r"(?:x(a)?)??", r"(a|b*)(?:c{2})*"):
        assert WITH_GROUP.validate_python(pattern) == pattern
