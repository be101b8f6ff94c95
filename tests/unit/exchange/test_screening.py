"""Stores that fail or lie: a verdict by name, and a round as if they had not been there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from liars import BOUNDS, EVERYBODY, HONEST, LIAR, LIES, STEPS, changed
from stores_apart import Apart, apart

from sparkfl.exchange.canonical import encode
from sparkfl.exchange.reason import Reason
from sparkfl.exchange.release import Turn
from sparkfl.exchange.screening import Screening, heaviest, screen
from sparkfl.exchange.steps import STEPS as KNOWN
from sparkfl.privacy.rules import Rules


@pytest.mark.parametrize("name", LIES)
def test_what_a_liar_gets_is_a_verdict(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """And what is made of the step is, bit for bit, what it is if that store says nothing."""
    reason, lie = LIES[name]
    federation = _waiting(tmp_path_factory, lie.step, HONEST)  # type: ignore[attr-defined]
    turn = federation.aggregator.history.turn
    silent = judged(federation)
    lie(federation, turn)
    found = judged(federation)
    verdict = found.verdicts[LIAR]
    _swept(federation, turn.step)
    assert (verdict.reason, verdict.rows) == (reason, 0)
    assert {s: found.verdicts[s] for s in HONEST} == {s: silent.verdicts[s] for s in HONEST}
    assert made(found, turn) == made(silent, turn)


def test_a_liar_s_name_does_not_keep_it_out_if_somebody_else_wrote_there(tmp_path: Path) -> None:
    federation = apart(tmp_path, EVERYBODY)
    federation.put(LIAR, b"garbage")
    for store in federation.stores.values():
        store.release()
    (closed,) = federation.aggregator.aggregate().steps
    verdict = closed.verdicts[LIAR]
    assert verdict.reason == "accepted"
    assert verdict.detail == "beside it there are refused files: garbage"


def test_who_lies_is_out_of_the_round_and_in_the_next(tmp_path: Path) -> None:
    federation = apart(tmp_path, EVERYBODY)
    turn = federation.until("moments")
    changed("moments", "told", "moments", "n", 0, value=-5)(federation, turn)
    first = federation.round()
    last = federation.aggregator.history.last
    verdicts = {record.step: record.verdicts[LIAR].reason for record in last}
    assert verdicts == {"moments": "bad_counts"} | dict.fromkeys(STEPS[1:], "out_of_turn")
    table = first.standing.data.tables["verdicts"].to_pandas().set_index("store")
    assert table.loc[LIAR, "verdict"] == "refused"
    assert table.loc[LIAR, "detail"] == "out_of_turn: in step moments it was refused: bad_counts"
    alone = apart(tmp_path / "alone", HONEST).round().standing.data
    assert first.standing.data.clusters.mean.tolist() == alone.clusters.mean.tolist()
    assert first.standing.data.distribution.to_json() == alone.distribution.to_json()
    assert LIAR in federation.round().standing.data.stores()


def test_a_late_release_is_in_nothing(tmp_path: Path) -> None:
    federation = apart(tmp_path, EVERYBODY)
    turn = federation.until("clusters")
    late = federation.content(LIAR, turn)
    for store in HONEST:
        federation.stores[store].release()
    federation.aggregator.aggregate(quorum=3)
    before = federation.global_model()
    federation.put_signed(LIAR, turn, late)
    assert federation.global_model() == before
    for store in HONEST:
        federation.stores[store].release()
    done = federation.aggregator.aggregate(quorum=3)
    assert done.steps[0].verdicts[LIAR].reason == "out_of_turn"
    standing = done.standing
    assert LIAR not in standing.data.stores()


def test_a_release_that_is_copied_over_is_one(tmp_path: Path) -> None:
    """An object store may show an upload twice, or an operator restore a backup beside it."""
    federation = apart(tmp_path, HONEST)
    for store in federation.stores.values():
        store.release()
    turn = federation.aggregator.history.turn
    (file,) = (federation.exchange / "stores/north").glob("release-*")
    federation.put("north", file.read_bytes(), turn)
    (closed,) = federation.aggregator.aggregate().steps
    assert closed.verdicts["north"].reason == "accepted"


@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, 2000), max_size=8),
    st.sampled_from([1.0, 2.0, 20.0]),
    st.integers(1, 5),
)
def test_without_any_that_is_too_heavy_the_others_are_judged_alike(
    rows: dict[str, int], most: float, least: int
) -> None:
    out = heaviest(rows, most, least)
    for store in out:
        rest = {s: n for s, n in rows.items() if s != store}
        assert heaviest(rest, most, least) == out - {store}
    telling = {s for s, n in rows.items() if n}
    assert out <= telling
    assert len(telling - out) >= min(least, len(telling))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    federation = _waiting(tmp_path_factory)
    path = federation.put(LIAR, data)
    verdict = judged(federation).verdicts[LIAR]
    path.unlink()
    assert verdict.reason in (Reason.GARBAGE, Reason.UNSIGNED, Reason.FOREIGN)


TEXTS = st.text(max_size=4)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | DOUBLES | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
PLACES = ["told", "policy", "round", "step", "features", "told.moments", "told.moments.n"]


@given(JSON, st.sampled_from(PLACES))
def test_any_signed_json_is_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, value: Any, where: str
) -> None:
    federation = _waiting(tmp_path_factory)
    turn = federation.aggregator.history.turn
    content = federation.content(LIAR, turn)
    place = content
    path = where.split(".")
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    federation.put_signed(LIAR, turn, content)
    found = judged(federation)
    _swept(federation, turn.step)
    verdict = found.verdicts[LIAR]
    assert verdict.reason.refuses or (where in ("told", "told.moments") and verdict.rows == 0)


@given(st.sampled_from(STEPS[:3]), st.integers(0, 10**6), DOUBLES)
def test_whatever_is_accepted_can_be_added_up(
    tmp_path_factory: pytest.TempPathFactory, step: str, place: int, value: float
) -> None:
    """One figure of a release is anything: what is made of it is finite, or it is refused."""
    federation = _waiting(tmp_path_factory, step)
    turn = federation.aggregator.history.turn
    content = federation.content(LIAR, turn)
    told = content["told"]["moments" if step != "clusters" else "clusters"]
    figures = told["mean"] if place % 2 else told["ss"]
    row = figures[place % len(figures)]
    if isinstance(row, list):
        row[place % len(row)] = value
    else:
        figures[place % len(figures)] = value
    federation.put_signed(LIAR, turn, content)
    found = judged(federation)
    _swept(federation, step)
    if LIAR in found.accepted:
        with np.errstate(all="raise", under="ignore"):
            made(found, turn)


def judged(federation: Apart) -> Screening:
    """Judge what is there of the open step; nothing is published."""
    aggregator = federation.aggregator
    return screen(aggregator.storage, aggregator.history, aggregator.membership)


def made(found: Screening, turn: Turn) -> bytes:
    """What would be published."""
    told = {store: release.told for store, release in found.accepted.items()}
    return encode(KNOWN[turn.step].combine(told, turn.so_far))


def _swept(federation: Apart, step: str) -> None:
    """Take away what the liar has released for a step."""
    for file in (federation.exchange / "stores" / LIAR).glob(f"release-*-{step}-*"):
        file.unlink()


_WAITING: dict[str, Apart] = {}


def _waiting(
    factory: pytest.TempPathFactory, step: str = "moments", released: Iterable[str] = ()
) -> Apart:
    """A federation that waits at a step, where some stores have released already."""
    key = f"{step} {sorted(released)}"
    if key not in _WAITING:
        _WAITING[key] = apart(factory.mktemp("waiting"), EVERYBODY, bounds=BOUNDS)
        _WAITING[key].until(step)
        for store in released:
            _WAITING[key].stores[store].release()
    return _WAITING[key]


def test_rules_are_at_least_the_federation_s(tmp_path: Path) -> None:
    policy = {"min_size": 12, "dominance": 1.0}
    federation = apart(tmp_path, EVERYBODY, {"releasePolicy": policy})
    for store in federation.stores.values():
        store.rules = replace(federation.aggregator.history.contract.rules)
    federation.stores[LIAR].played = Rules(12)
    for store in federation.stores.values():
        store.release()
    (closed,) = federation.aggregator.aggregate().steps
    assert closed.verdicts[LIAR].reason == "weaker_policy"
    assert closed.verdicts["north"].reason == "accepted"
