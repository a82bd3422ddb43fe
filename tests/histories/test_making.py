"""The worlds themselves: made again by their seed, valid, full of cases; and what the oracle keeps in any of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.histories.cases import CASES, cases_of
from tests.histories.delivered import Feed, Inputs
from tests.histories.events import Build, ChangeCode, Land, World, happen
from tests.histories.oracle import evaluate
from tests.histories.published import Published, settling
from tests.histories.tables import current_tables, difference
from tests.histories.test_worlds import FEW_BUILDS, FULL, KNOWN, QUICK, SLOW_CASES
from tests.histories.worlds import CONCERNS, make_world

SEEDS = range(12)


@pytest.fixture(scope="module", params=SEEDS)
def world(request: pytest.FixtureRequest) -> World:
    return make_world(request.param)


def ends(world: World) -> Inputs:
    """Return what there is after all events."""
    inputs = Inputs({name: Feed(name, code) for name, code in world.codes.items()})
    for event in world.events:
        inputs = happen(inputs, event)
    return inputs


def test_seed_makes_the_same_world_again(world: World) -> None:
    assert make_world(world.seed) == world


def test_every_delivered_row_is_in_one_place(world: World) -> None:
    for feed in ends(world).feeds.values():
        found = evaluate(feed)
        delivered = {
            (file.delivery_number, number)
            for file in feed.files
            for number in range(1, len(file.rows) + 1)
            if found.verdicts[file.delivery_number].verdict == "passed"
        }
        assert found.rows.keys() == delivered
        assert all(sum(found.counts(number).values()) == len(feed.file(number).rows) for number in found.passed)
        verdicts = [found.verdicts[file.delivery_number].verdict for file in feed.files]
        assert verdicts == sorted(verdicts, key=["passed", "held", "waiting"].index)
        assert verdicts.count("held") <= 1


def test_a_key_is_accepted_once_and_money_adds_up(world: World) -> None:
    published = Published()
    inputs = ends(world)
    published.publish(inputs, world.rebuilt_at)
    for name, known in published.feeds.items():
        entries = known.evaluation.entries.values()
        keys = [(entry.entry_id, *([entry.account_id] if len(known.feed.code.key) > 1 else [])) for entry in entries]
        assert len(set(keys)) == len(keys)
        moved = Counter[str]()
        for entry in entries:
            moved[entry.account_id] += entry.amount  # type: ignore[assignment]
        of_months = Counter[str]()
        for ((feed, account_id, _), _), end in published.month_ends().items():
            if feed == name:
                of_months[account_id] += end.movement  # type: ignore[assignment]
                assert end.opening_balance + end.movement + end.break_amount == end.balance
        assert moved == of_months


def test_settled_worlds_are_the_same_from_nothing(world: World) -> None:
    inputs = Inputs({name: Feed(name, code) for name, code in world.codes.items()})
    published = Published()
    for event in world.events:
        inputs = happen(inputs, event)
        if isinstance(event, Build):
            published.publish(inputs, event.at)
    for name, decision in settling(published, inputs, world.rebuilt_at - timedelta(minutes=1)):
        inputs = inputs.with_feed(inputs.feeds[name].decided(decision))
    published.publish(inputs, world.rebuilt_at)
    fresh = Published()
    fresh.publish(inputs, world.rebuilt_at)
    expected, found = current_tables(published), current_tables(fresh)
    assert [
        line for table in expected for line in difference(expected[table], found[table]) if "balances" not in table
    ] == []


def test_worlds_without_a_concern_still_deliver() -> None:
    for concern in CONCERNS:
        world = make_world(1, [concern], accounts=5)
        assert any(isinstance(event, Land) for event in world.events)
    plain = make_world(1, CONCERNS)
    assert {type(event).__name__ for event in plain.events} == {"Land", "Build"}
    assert not any(isinstance(event, ChangeCode) for event in plain.events)


def test_worlds_have_enough_of_everything(world: World) -> None:
    inputs = ends(world)
    accounts = {row.account_id for feed in inputs.feeds.values() for file in feed.files for row in file.rows if row}
    assert len(accounts) >= 50
    assert sum(isinstance(event, Build) for event in world.events) >= 2
    assert all(Decimal(0) < feed.code.quarantine_limit for feed in inputs.feeds.values())


def test_full_worlds_hold_every_case() -> None:
    assert CASES - set().union(*(cases_of(make_world(seed)) for seed in FULL)) == set()


def test_quick_worlds_hold_every_case_but_slow_ones() -> None:
    assert CASES - set().union(*(cases_of(make_world(seed, builds=FEW_BUILDS)) for seed in QUICK)) == SLOW_CASES


def ways_to_know(world: World) -> set[str]:
    """Return how balances are known in a world, and what comes of it."""
    published = Published()
    published.publish(ends(world), world.rebuilt_at)
    seen = {getattr(found, "kind", "") for found in published.day_breaks().values()}
    for known in published.feeds.values():
        code = known.feed.code
        seen |= {code.balance_stated, code.order} | ({"zero"} if code.opens_on_zero else set())
        seen |= {row.word for file in known.feed.files for row in file.rows if row}
        seen |= {found.status for found in known.evaluation.rows.values()}
        seen |= {"decided"} if known.feed.openings else set()
    return seen | {
        f"computed, proven {end.is_proven}" for end in published.month_ends().values() if end.basis == "computed"
    }


def test_known_worlds_hold_every_way_to_know_a_balance() -> None:
    worlds = [make_world(seed, accounts=12, builds=FEW_BUILDS, is_known=True) for seed in KNOWN]
    assert set().union(*map(ways_to_know, worlds)) >= {
        *("pending", "opening", "closing", "balance", "passed_over", "decided", "zero"),
        *("after_entry", "end_of_day", "none", "oldest_first", "newest_first"),
        *("balances_differ", "movement_missing", "computed, proven True", "computed, proven False"),
    }
