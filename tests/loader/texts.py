"""Texts that are hard on CSV readers, and how a sender writes them."""

from __future__ import annotations

from hypothesis import strategies as st

# NUL and lone surrogates are not among them: a landing refuses them, and the rows are malformed.
TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0"), max_size=6),
    st.lists(st.sampled_from(["\\", "n", "r", "s", "N", '"', ",", "\n", "\r", "é", " ", "\t"]), max_size=6).map(
        "".join
    ),
    st.lists(
        st.sampled_from(["\x01", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\xa0", "a"]),
        max_size=4,
    ).map("".join),
    st.sampled_from(
        ["", r"\N", r"\s", r"\n", r"\r", r"\x", "\\", "\\\\N", '"', '""', "'", "''", "=cmd|' /C calc'!A0", "\ufeffx"]
    ),
    st.sampled_from(["NULL", "null", "\U0001f4b6", "👩\u200d👩\u200d👧", "e\u0301", " a", "a ", "\ta", "a\t", " "]),
)


def as_csv(value: str | None) -> str:
    """Write a field: missing ones bare, all others quoted."""
    return "" if value is None else '"' + value.replace('"', '""') + '"'
