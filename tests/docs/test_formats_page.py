"""The page of real formats shows the contracts that are tested."""

from __future__ import annotations

from tests.docs.formats_page import PAGE, page


def test_page_shows_the_contracts_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it anew: python -m tests.docs.formats_page"
