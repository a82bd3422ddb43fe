"""What a call says of its end where it has built more than once."""

from __future__ import annotations

import pytest

from pipeline.building import Building
from pipeline.dbt_events import HowItEnded
from pipeline.ends import End, Ran
from pipeline.stopping import Stop


def test_what_earlier_passes_published_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = HowItEnded(build="first", is_published=True, held_files=[])
    passes = [Ran("first", succeeded=True, how=first, files_waiting=1), Ran("second")]
    building = Building([], [], max_passes=5, emf=False, stop=Stop(lambda: None))
    monkeypatch.setattr(building.stop, "end", lambda: None if passes else End.STOPPED)
    monkeypatch.setattr(building._dbt, "build", lambda _: passes.pop(0))
    monkeypatch.setattr(building._dbt, "figures", lambda _: None)
    assert building.run().exit_code == 143
    said = capsys.readouterr().out.splitlines()[-2:]
    assert said == [
        "published: first",
        "What is published stays published: build again, so that readers' views are made and audited.",
    ]
