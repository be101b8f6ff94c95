"""Features that were found for a target: candidates of all kinds, in the order of their gain."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pyspark.sql import DataFrame
from pyspark.sql.types import DateType, StructType, TimestampNTZType, TimestampType
from threadpoolctl import threadpool_limits

from sparkfl.columns import resolve, resolve_all
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features.auto.additive import Additive, Steps, steps
from sparkfl.features.auto.candidate import KINDS, Candidate
from sparkfl.features.auto.categorical import categorical
from sparkfl.features.auto.numeric import numeric
from sparkfl.features.auto.relational import Events, relational
from sparkfl.features.auto.sample import OwnColumn, Sample, sample_of, sampled
from sparkfl.features.auto.selection import Selection, select
from sparkfl.features.auto.target import Target, target_of
from sparkfl.features.auto.temporal import temporal
from sparkfl.features.auto.values import values_of
from sparkfl.features.views.relation import read_relation

__all__ = ["Bounds", "Found", "Search", "search"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounds:
    """How much is tried; see `sparkfl.auto_features`."""

    max_candidates: int = 200
    max_features: int = 20
    max_seconds: float = 60.0
    max_rows: int = 20_000
    min_gain: float = 0.001
    seed: int = 42


@dataclass(frozen=True)
class Search:
    """What is looked for.

    Attributes
    ----------
    target : str
        The column to predict.
    kinds : sequence of str
        Some of `KINDS`.
    entity : sequence of str
        Columns of the entity.
    label_time : str or None
        Column of the label's time.
    events : sequence of Events
        Tables of events.
    windows : sequence of int
        Days of the windows.
    task : str or None
        ``'classification'``, ``'regression'``, or whichever the target looks like.
    bounds : Bounds
        How much is tried.
    """

    target: str
    kinds: Sequence[str] = KINDS
    entity: Sequence[str] = ()
    label_time: str | None = None
    events: Sequence[Events] = ()
    windows: Sequence[int] = (7, 30, 90)
    task: str | None = None
    bounds: Bounds = Bounds()


@dataclass(frozen=True)
class Found:
    """A candidate, and what it adds.

    Attributes
    ----------
    candidate : Candidate
        The candidate.
    rank : int or None
        Its place among those that were chosen; None if it was not.
    gain : float
        The share of the target's variance that is explained with it, beside those chosen before it.
    gain_alone : float
        Likewise, beside the table's columns only.
    """

    candidate: Candidate
    rank: int | None
    gain: float
    gain_alone: float


def search(df: DataFrame, asked: Search) -> list[Found]:
    """Try candidates on held-out rows.

    Returns
    -------
    list of Found
        Those that were chosen, the best first; then the others.

    Raises
    ------
    ParameterError, SchemaError
        If something asked for does not fit the table; see `sparkfl.auto_features`.
    """
    until = time.monotonic() + asked.bounds.max_seconds
    asked = _resolved(df, asked)
    bounds = asked.bounds
    schemas = [_schema(df, own, asked.entity) for own in asked.events]
    rows = sampled(df, asked.target, bounds.max_rows, bounds.seed)
    target = target_of(rows[asked.target].to_pylist(), asked.task, asked.target)
    sample = sample_of(df.sparkSession, rows, df.schema, asked.target, asked.entity, bounds.seed)
    ordered = _by_gain(sample, target)
    candidates = _candidates([own for own, _ in ordered], sample, target, asked, schemas)
    if not candidates:
        return []
    values = values_of(candidates, sample, asked.events, asked.entity, asked.label_time)
    found = select(
        [steps(own) for own in values],
        [made for own, made in ordered if own.name != asked.label_time],
        target.scaled, sample.folds, bounds.seed,
        most=bounds.max_features, least_gain=bounds.min_gain, until=until,
    )  # fmt: skip
    if not found.complete:
        _LOG.warning(
            "auto_features stopped after max_seconds = %s: %s of %s candidates were tried, and %s "
            "chosen; give more seconds, or fewer max_candidates or max_rows.",
            bounds.max_seconds, len(found.alone), len(candidates), len(found.chosen),
        )  # fmt: skip
    return _in_order(candidates, found)


def _resolved(df: DataFrame, asked: Search) -> Search:
    """Return what is asked for by the names that the table's columns have."""
    names = [asked.target, *asked.entity]
    target, *entity = (own.name for own in resolve_all(df, names, "The table"))
    label_time = asked.label_time
    if label_time is not None:
        found = resolve(df, label_time, "The table")
        if not isinstance(found.type, DateType | TimestampType | TimestampNTZType):
            raise SchemaError(
                f"label_time {label_time!r} is {found.type.simpleString()}; cast it to timestamp."
            )
        label_time = found.name
    if target in (*entity, label_time):
        raise ParameterError(
            f"The target {target} is given as entity or label_time, too; give another column."
        )
    return Search(**{**vars(asked), "target": target, "entity": entity, "label_time": label_time})


def _schema(df: DataFrame, own: Events, entity: Sequence[str]) -> StructType:
    """Return the columns of a table of events, once it has the entity's."""
    what = f"The table of events {own.name or own.table}"
    frame = read_relation(df.sparkSession, own.table, own.query, what)
    resolve_all(frame, [own.keys.get(key, key) for key in entity], what)
    return frame.schema


def _candidates(
    usable: Sequence[OwnColumn],
    sample: Sample,
    target: Target,
    asked: Search,
    schemas: Sequence[StructType],
) -> list[Candidate]:
    """Take candidates of each kind in turn until there are enough."""
    taken = {own.name.lower() for own in sample.columns}
    taken |= {own.lower() for own in (*sample.frame.columns, "as_of")}
    of = {kind: [own for own in usable if own.kind == kind] for kind in KINDS}
    makers = {
        "numeric": lambda: numeric(of["numeric"], taken),
        "categorical": lambda: categorical(
            of["categorical"], of["numeric"], target, sample.folds, sample.fold_sql, taken
        ),
        "temporal": lambda: temporal(of["temporal"], asked.label_time, taken),
        "relational": lambda: relational(schemas, asked.events, asked.entity, asked.windows, taken),
    }
    given: list[Iterator[Candidate]] = [makers[kind]() for kind in KINDS if kind in asked.kinds]
    chosen: list[Candidate] = []
    for turn in zip_longest(*given):
        for each in turn:
            if each is not None and len(chosen) < asked.bounds.max_candidates:
                chosen.append(each)
        if len(chosen) >= asked.bounds.max_candidates:
            break
    return chosen


def _by_gain(sample: Sample, target: Target) -> list[tuple[OwnColumn, Steps]]:
    """Return columns that vary, in the order of what they say of the target by themselves."""
    known = [(own, made) for own in sample.columns if (made := steps(own.values)) is not None]
    with threadpool_limits(1):
        model = Additive(target.scaled, sample.folds)
        gains = {own.name: model.gain(made)[0] for own, made in known}
    return sorted(known, key=lambda each: -gains[each[0].name])


def _in_order(candidates: Sequence[Candidate], found: Selection) -> list[Found]:
    """Put those that were chosen first, then those that add most."""
    left = sorted(
        set(found.alone) - set(found.chosen), key=lambda i: (-found.gains[i], -found.alone[i], i)
    )
    ranks = {i: n for n, i in enumerate(found.chosen, 1)}
    return [
        Found(candidates[i], ranks.get(i), found.gains[i], found.alone[i])
        for i in [*found.chosen, *left]
    ]
