"""Fit an estimator of arrays: on the driver, or for each group in a worker."""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import matrix_of
from sparkfl.errors import ParameterError
from sparkfl.models.answers.anomalies import KNOTS
from sparkfl.models.answers.sampled import BACKGROUND, MOST_FEATURES
from sparkfl.models.frame_type import FrameType, import_or_tell
from sparkfl.models.group_fit import GroupFit, error_line, fit_groups, require_one
from sparkfl.models.names import GROUP, LABEL, QUERY, WEIGHT
from sparkfl.models.settings import Settings
from sparkfl.models.sizes import width_of
from sparkfl.models.tasks import Label
from sparkfl.options import spelled
from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["Dumped", "fit_frame", "fit_frames"]

_MOST = 2**27
"""Numbers that one process is given: a gigabyte of doubles."""


@dataclass(frozen=True)
class Dumped:
    """A fitted estimator as bytes, and what its classes are.

    Attributes
    ----------
    model : bytes
        As `FrameType.dump` gives it.
    classes : tuple of int
        The classes that it knows, by their places among all; empty without a label of classes.
    scores : tuple of float
        Of what finds outliers, the scores of its own rows, at the shares `KNOTS` of them.
    usual : tuple of float
        Likewise, the median of each feature.
    background : numpy.ndarray, shape (m, features), optional
        Of what is explained by a sample, some of its own rows.
    """

    model: bytes
    classes: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    usual: tuple[float, ...] = ()
    background: Matrix | None = None


def fit_frames(
    rows: DataFrame, features: str, kind: FrameType, given: Settings, label: Label | None
) -> tuple[GroupFit, ...]:
    """Fit on all rows, or on those of each group if they have one.

    Raises
    ------
    ParameterError
        If the estimator refuses the rows, or those of every group.
    """
    params = {o.param: given.params[o.param] for o in kind.own if o.param in given.params}
    classes = len(label.classes) if label else 0
    import_or_tell(kind.estimator, kind.package)
    with spelled(kind.own, lambda option: given.names[option.param]):
        if kind.workers(params) > 1:
            return (fit_in_workers(rows, features, kind, params, classes),)
        if GROUP not in rows.columns:
            return (fit_frame(rows, features, kind, params, classes),)
        fits = fit_groups(
            _selected(rows, features), lambda table: (_fitted(table, kind, params, classes), None)
        )
        require_one(fits, kind.estimator)
        return tuple(fits)


def fit_frame(
    rows: DataFrame, features: str, kind: FrameType, params: Mapping[str, Any], classes: int
) -> GroupFit:
    """Fit on all rows, which are brought to the driver.

    Raises
    ------
    ParameterError
        If they are too many, or the estimator refuses them.
    """
    selected = _selected(rows, features)
    n, d = rows.count(), width_of(rows, features)
    if n * d > _MOST:
        raise ParameterError(
            f"{n} rows of {d} features are more than the driver is given for {kind.estimator} "
            f"({_MOST} numbers). Sample them in the query (TABLESAMPLE), or fit one model a group "
            "by PARTITION BY."
        )
    try:
        dumped = _fitted(selected.toArrow(), kind, params, classes)
    except ParameterError:
        raise
    except Exception as error:
        raise ParameterError(
            f"{kind.estimator} does not go with these rows and options: {error_line(error)}"
        ) from error
    return GroupFit(None, "ok", None, n, pickle.dumps(dumped))


def fit_in_workers(
    rows: DataFrame, features: str, kind: FrameType, params: Mapping[str, Any], classes: int
) -> GroupFit:
    """Fit one estimator by several workers, each with a part of the rows.

    Raises
    ------
    ParameterError
        If it is to be one a group, or to stop early, if a local Spark has fewer slots, or if the
        estimator refuses the rows.
    """
    workers = kind.workers(params)
    assert kind.distributed is not None
    others = {"PARTITION BY": GROUP in rows.columns, "Early stopping": kind.stops_early(params)}
    for other, there in others.items():
        if there:
            raise ParameterError(
                f"{other} does not go with NUM_WORKERS = {workers}, by which several workers train "
                "one model on all rows; leave one of them out."
            )
    slots = _slots(rows.sparkSession.conf.get("spark.master", ""))
    if slots is not None and workers > slots:
        raise ParameterError(
            f"NUM_WORKERS = {workers} needs as many tasks at the same time; this local Spark runs "
            f"{slots}. Give it more cores, or take NUM_WORKERS = {slots} or less."
        )
    selected = _selected(rows, features).drop("group")
    n = rows.count()
    try:
        fitted = kind.distributed(kind.unfitted(params), selected, classes, workers)
    except Exception as error:
        raise ParameterError(
            f"{kind.estimator} does not go with these rows and options: {error_line(error)}"
        ) from error
    known = tuple(range(classes)) if kind.task.name == "classification" else ()
    return GroupFit(None, "ok", None, n, pickle.dumps(Dumped(kind.dump(fitted), known)))


def _slots(master: str | None) -> int | None:
    """Return how many tasks a local Spark runs at the same time.

    Examples
    --------
    >>> _slots("local"), _slots("local[3]"), _slots("local[2,4]"), _slots("yarn")
    (1, 3, 2, None)
    """
    told = re.fullmatch(r"local(?:\[(\d+|\*)(?:,.*)?\])?", master or "")
    if told is None:
        return None
    return (os.cpu_count() or 1) if told[1] == "*" else int(told[1] or 1)


def _selected(rows: DataFrame, features: str) -> DataFrame:
    """Return group, features, label and weight."""
    named = {"group": GROUP, "label": LABEL, "weight": WEIGHT, "query": QUERY}
    others = [F.col(own).alias(name) for name, own in named.items() if own in rows.columns]
    return rows.select(vector_to_array(F.col(features)).alias("features"), *others)


def _fitted(table: pa.Table, kind: FrameType, params: Mapping[str, Any], classes: int) -> Dumped:
    """Fit on the rows of a table, and keep some to explain by, if that is how the type does."""
    values = matrix_of(table["features"].combine_chunks())
    dumped = _dumped(table, values, kind, params, classes)
    if not kind.sampled or values.shape[1] > MOST_FEATURES:
        return dumped
    order = np.random.default_rng(0).permutation(len(values))
    return replace(dumped, background=values[order[:BACKGROUND]])


def _dumped(
    table: pa.Table, values: Matrix, kind: FrameType, params: Mapping[str, Any], classes: int
) -> Dumped:
    """Fit on features and labels; of the classes it is told those that are there, from 0."""
    names = table.column_names
    weight = table["weight"].to_numpy() if "weight" in names else None
    if "label" not in names:
        fitted = _working(kind, values, None, weight, params)
        if "scoreCol" not in kind.gives:
            return Dumped(kind.dump(fitted))
        scores = np.quantile(kind.predict(fitted, values)["scoreCol"], KNOTS)
        usual = np.median(values, axis=0)
        return Dumped(kind.dump(fitted), (), tuple(scores.tolist()), tuple(usual.tolist()))
    label = table["label"].to_numpy()
    if "query" in names:
        queries = np.unique(np.array(table["query"].to_pylist()), return_inverse=True)[1]
        order = np.argsort(queries, kind="stable")
        ranked = _working(kind, values[order], label[order], None, params, queries[order])
        return Dumped(kind.dump(ranked))
    if not classes:
        return Dumped(kind.dump(_working(kind, values, label, weight, params)))
    known, place = np.unique(label.astype(np.int64), return_inverse=True)
    if len(known) < 2:
        raise ValueError("its rows are all of one class")
    return Dumped(kind.dump(_working(kind, values, place, weight, params)), tuple(known.tolist()))


def _working(
    kind: FrameType,
    values: Matrix,
    label: Any,
    weight: Matrix | None,
    params: Mapping[str, Any],
    query: Counts | None = None,
) -> Any:
    """Fit on rows, and require that the first can be predicted.

    More neighbours than rows, for one, scikit-learn refuses in a prediction only.
    """
    fitted = kind.fit(values, label, weight, params, query)
    kind.predict(fitted, values[:1])
    return fitted
