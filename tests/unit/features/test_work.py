"""What a worker makes of sorted batches, against one loop a question over plain lists."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkfl.features.aggregations import DAY
from sparkfl.features.views.blocks import blocks, entities
from sparkfl.features.views.plan import Planned
from sparkfl.features.views.tiling import Tiling, kept
from sparkfl.features.views.work import NEVER, Shrinking, Work

FEATURES = (
    Planned("count", 0, (-1,), 7, {}),
    Planned("sum", 0, (0,), 7, {}),
    Planned("last", 0, (1,), None, {}),
    Planned("share", 0, (-1, 1), None, {}),
    Planned("count", 1, (-1,), None, {}),
    Planned("max", 1, (0,), 30, {}),
)
NAMES = ("count", "sum", "last", "share", "others", "most")


@dataclass(frozen=True)
class Event:
    entity: tuple[str | None, int]
    source: int
    time: int
    values: tuple[float, ...]


_KEYS = st.tuples(st.sampled_from(["a", "b", "ü"]), st.integers(0, 1))
_VALUE = st.sampled_from([1.0, -2.5, 7.25, float("nan"), float("inf")])
_EVENT = st.tuples(_KEYS, st.integers(0, 1), st.integers(0, 60), _VALUE, _VALUE)


def batches(events: list[Event], asked: list[tuple[tuple[str, int], int]], cuts: list[int]):
    """Rows of all sources and of those that ask, sorted by a poor hash only, cut anywhere."""
    rows = [(e.entity, e.source, e.time, list(e.values), None) for e in events]
    rows += [(key, 2, time, [], {"_0": i}) for i, (key, time) in enumerate(asked)]
    rows.sort(key=lambda row: _hash(row[0]))
    whole = pa.record_batch(
        {
            "hash": pa.array([_hash(row[0]) for row in rows], pa.int64()),
            "k0": pa.array([row[0][0] for row in rows], pa.string()),
            "k1": pa.array([row[0][1] for row in rows], pa.int64()),
            "time": pa.array([row[2] for row in rows], pa.int64()),
            "source": pa.array([row[1] for row in rows], pa.int32()),
            "values": pa.array([row[3] for row in rows], pa.list_(pa.float64())),
            "asked": pa.array([row[4] for row in rows], pa.struct([("_0", pa.int64())])),
        }
    )
    borders = sorted({0, len(rows), *(c % (len(rows) + 1) for c in cuts)})
    return [whole.slice(a, b - a) for a, b in pairwise(borders)]


def _hash(entity: tuple[str | None, int]) -> int:
    """Mix two entities up, as a hash may."""
    return {"a": 5, "b": 5, "ü": -5}[entity[0]] * (1 - entity[1] % 2)


def expected(events: list[Event], entity: object, until: int) -> list[float | None]:
    own = sorted((e for e in events if e.entity == entity and e.time < until), key=lambda e: e.time)
    mine = [e for e in own if e.source == 0]
    week = [e for e in mine if e.time >= until - 7 * DAY]
    summed = [e.values[0] for e in week if np.isfinite(e.values[0])]
    there = [e for e in mine if np.isfinite(e.values[1])]
    late = [e.values[1] for e in there if e.time == there[-1].time]
    others = [e for e in own if e.source == 1]
    month = [e.values[0] for e in others if e.time >= until - 30 * DAY]
    month = [v for v in month if np.isfinite(v)]
    return [
        len(week),
        sum(summed) if summed else None,
        max(late) if late else None,
        sum(e.values[1] for e in there) / len(mine) if mine else None,
        len(others),
        max(month) if month else None,
    ]


def made(raw: list[tuple]) -> list[Event]:
    """Days become times; the second source has one value only."""
    return [
        Event(key, source, day * DAY // 2, (v, w) if source == 0 else (v,))
        for key, source, day, v, w in raw
    ]


@settings(max_examples=100)
@given(
    st.lists(_EVENT, max_size=25),
    st.lists(st.tuples(_KEYS, st.integers(0, 70)), min_size=1, max_size=8),
    st.lists(st.integers(0, 100), max_size=5),
)
def test_each_question_sees_what_was_before_it(raw, questions, cuts) -> None:
    """Also with several questions of an entity, and at the very time of an event."""
    events = made(raw)
    asked = [(key, day * DAY // 2) for key, day in questions]
    work = Work(2, 2, FEATURES, ("number", *NAMES), None)
    found = pa.Table.from_batches(work(iter(batches(events, asked, cuts)))).sort_by("number")
    assert found["number"].to_pylist() == list(range(len(asked)))
    for i, (key, until) in enumerate(asked):
        assert [found[name][i].as_py() for name in NAMES] == expected(events, key, until)


@settings(max_examples=60)
@given(st.lists(_EVENT, min_size=1, max_size=30), st.lists(st.integers(0, 100), max_size=5))
def test_every_entity_as_of_one_time(raw, cuts) -> None:
    events = made(raw)
    until = 31 * DAY
    work = Work(2, 2, FEATURES, ("k0", "k1", *NAMES), until)
    table = pa.Table.from_batches(work(iter(batches(events, [], cuts))))
    found = {(row["k0"], row["k1"]): [row[name] for name in NAMES] for row in table.to_pylist()}
    assert len(found) == len(table) == len({e.entity for e in events})
    for key, features in found.items():
        assert features == expected(events, key, until)


def test_who_has_no_events_or_asks_for_no_time() -> None:
    work = Work(2, 2, FEATURES, ("number", *NAMES), None)
    event = Event(("b", 1), 0, 5, (1.0, 1.0))
    asked = [(("a", 0), 9), (("b", 1), NEVER), (("b", 1), 9)]
    (found,) = work(iter(batches([event], asked, [])))
    rows = [tuple(row[name] for name in NAMES) for row in found.to_pylist()]
    assert sorted(rows, key=str) == [
        (0, None, None, None, 0, None),
        (1, 1.0, 1.0, 1.0, 0, None),
        (None, None, None, None, None, None),
    ]


def test_an_entity_over_many_batches_is_one() -> None:
    stream = [pa.record_batch({"k": [1, 1, 1]})] * 4 + [pa.record_batch({"k": [1, 2, 2]})]
    found = [block["k"].to_pylist() for block in blocks(iter(stream), rows=2)]
    assert found == [[1] * 13, [2, 2]]


def test_entities_of_one_hash_are_told_apart() -> None:
    block = pa.record_batch({"hash": [4] * 5, "k": [1, None, 1, 2, None], "s": ["x"] * 4 + ["y"]})
    number, first = entities(block, 2)
    keys = [(block["k"][i].as_py(), block["s"][i].as_py()) for i in first]
    assert [keys[i] for i in number] == list(
        zip(*[block[c].to_pylist() for c in "ks"], strict=True)
    )
    assert len(set(keys)) == len(keys) == 4


def test_windows_of_many_questions_are_not_held_at_once(monkeypatch) -> None:
    monkeypatch.setattr("sparkfl.features.views.work._EVENTS", 10)
    events = [Event(("a", 0), 0, i, (1.0, 1.0)) for i in range(8)]
    asked = [(("a", 0), i) for i in range(20)]
    work = Work(2, 2, FEATURES, ("number", *NAMES), None)
    parts = list(work(iter(batches(events, asked, []))))
    assert len(parts) > 10
    found = pa.Table.from_batches(parts).sort_by("number")
    assert found["count"].to_pylist() == [min(i, 8) for i in range(20)]


MERGEABLE = (*FEATURES[:4], Planned("skewness", 0, (0,), 30, {}), *FEATURES[4:])


@settings(max_examples=100)
@given(
    st.lists(_EVENT, min_size=1, max_size=30),
    st.lists(st.integers(0, 100), max_size=5),
    st.integers(40, 70),
    st.booleans(),
)
def test_who_is_too_large_is_tiled_and_loses_nothing(raw, cuts, asked, percentile) -> None:
    """Whatever has come of an entity when it was too much, with a source that days add up to."""
    until = asked * DAY // 2
    seen = [e for e in made(raw) if e.time < until]
    stream = [batch.drop_columns(["asked"]) for batch in batches(seen, [], cuts)]
    extra = (Planned("median", 1, (0,), 30, {}),) if percentile else ()
    features = (*MERGEABLE, *extra)
    names = tuple(f"f{i}" for i in range(len(features)))
    work = Work(2, 2, features, ("k0", "k1", *names), until)
    with pytest.MonkeyPatch.context() as patch:
        whole = [row for batch in work(iter(stream)) for row in batch.to_pylist()]
        patch.setattr(blocks, "__defaults__", (2**18, None, 2))
        tiled = [row for batch in work(iter(stream)) for row in batch.to_pylist()]
    assert len(whole) == len(tiled)
    for one, other in zip(whole, tiled, strict=True):
        for name in work.names:
            told = other[name]
            number = isinstance(told, float | int)
            assert one[name] == (pytest.approx(told, rel=1e-9, abs=1e-9) if number else told), name


def test_what_can_be_tiled() -> None:
    assert set(kept(MERGEABLE)) == {0, 1}
    assert set(kept([*MERGEABLE, Planned("median", 1, (0,), 30, {})])) == {0}


@settings(max_examples=50)
@given(
    st.lists(_EVENT, min_size=1, max_size=30),
    st.lists(st.integers(0, 2), min_size=30, max_size=30),
    st.integers(10, 35),
)
def test_tiles_of_what_came_bit_by_bit_are_those_of_all(raw, came, asked) -> None:
    """Refreshes in three parts, whatever is late, then features of tiles and of whole events."""
    features = (*MERGEABLE, Planned("median", 1, (0,), 30, {}))
    names = tuple(f"f{i}" for i in range(len(features)))
    until = asked * DAY
    events = [e for e in made(raw) if e.time < until]
    tiling = Tiling(2, kept(features))
    tiles = []
    for part in range(3):
        own = [e for e, when in zip(events, came, strict=False) if when == part]
        stream = [batch.drop_columns(["asked"]) for batch in batches(own, [], [])]
        tiles += Shrinking(tiling)(iter(stream))
    work = Work(2, 2, features, ("k0", "k1", *names), until)
    everything = [batch.drop_columns(["asked"]) for batch in batches(events, [], [])]
    whole = [row for batch in work(iter(everything)) for row in batch.to_pylist()]
    table = pa.Table.from_batches(tiles).sort_by("hash") if tiles else pa.table({})
    found = [row for batch in work(iter(table.to_batches())) for row in batch.to_pylist()]
    keyed = {(row["k0"], row["k1"]): row for row in found}
    assert len(keyed) == len(found) == len(whole)
    for one in whole:
        other = keyed[one["k0"], one["k1"]]
        for name in names:
            told = other[name]
            assert one[name] == (None if told is None else pytest.approx(told, rel=1e-9, abs=1e-9))
