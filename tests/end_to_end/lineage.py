"""What leads to what in dbt's manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def reached(start: Iterable[str], depends_on: Callable[[str], Iterable[str]]) -> set[str]:
    """Return these names with all that they depend on, directly or not."""
    found: set[str] = set()
    queue = list(start)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += depends_on(name)
    return found
