"""Train XGBoost on the partitions of a frame, whose tasks tell each other what they have found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sparkfl.columns import matrix_of
from sparkfl.models.group_fit import error_line

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["fit_xgboost"]

_TOLD = pa.schema([("model", pa.binary()), ("failure", pa.string())])


def fit_xgboost(estimator: Any, rows: DataFrame, classes: int, workers: int) -> Any:
    """Fit one of XGBoost's estimators in a barrier stage, as many tasks as workers.

    It is what `xgboost.spark` does, which needs a SparkContext and RDDs on the client. The tasks
    add up the histograms of their rows, by XGBoost's collective communication.

    Parameters
    ----------
    estimator : xgboost.XGBModel
        Unfitted, with its parameters.
    rows : pyspark.sql.DataFrame
        The columns ``features``, an array, ``label``, and of some ``weight`` or ``query``.
    classes : int
        How many classes the label has, as numbers from 0; 0 if it has none.
    workers : int
        How many tasks there are; each needs a slot at the same time.

    Returns
    -------
    xgboost.XGBModel
        A fitted one.

    Raises
    ------
    ValueError
        If a worker has no rows, or XGBoost refuses them.
    """
    params = dict(estimator.get_xgb_params())
    if classes > 2 and params.get("objective") in (None, "binary:logistic"):
        params["objective"] = "multi:softprob"
    if classes > 2:
        params["num_class"] = classes
    train = _trainer(params, estimator.get_num_boosting_rounds())
    parted = rows.repartition(workers)
    if "query" in rows.columns:
        parted = rows.repartition(workers, "query").sortWithinPartitions("query")
    told = parted.mapInArrow(train, "model binary, failure string", barrier=True).collect()
    failures = [row.failure for row in told if row.failure is not None]
    if failures:
        raise ValueError(failures[0])
    fitted = type(estimator)(**estimator.get_params())
    fitted.load_model(bytearray(next(row.model for row in told if row.model is not None)))
    return fitted


def _trainer(
    params: Mapping[str, Any], rounds: int
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a task does: its first gives the model, and each what has failed."""

    def train(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import BarrierTaskContext

        model, failure = None, None
        try:
            model = _trained(batches, params, rounds, BarrierTaskContext.get())
        except Exception as error:  # noqa: BLE001
            # A task that raises takes the others with it, and what it said is lost among theirs.
            failure = error_line(error)
        yield pa.RecordBatch.from_pydict({"model": [model], "failure": [failure]}, _TOLD)

    return train


def _trained(
    batches: Iterator[pa.RecordBatch], params: Mapping[str, Any], rounds: int, context: Any
) -> bytes | None:
    """Train with the other tasks; the first returns the model.

    Raises
    ------
    ValueError
        If a task has no rows, or some that XGBoost does not take.
    """
    import xgboost
    from xgboost.collective import CommunicatorContext

    data, failure = None, ""
    try:
        data = _matrix([batch for batch in batches if batch.num_rows])
    except ValueError as error:
        failure = str(error)
    tracker = _tracker(context) if context.partitionId() == 0 else None
    address = tracker.worker_args() if tracker else None
    told = list(map(json.loads, context.allGather(json.dumps([failure, address]))))
    if failures := [failure for failure, _ in told if failure]:
        raise ValueError(failures[0])
    with CommunicatorContext(**told[0][1], dmlc_task_id=f"{context.partitionId():08d}"):
        booster = xgboost.train(dict(params), data, rounds)
    if tracker is None:
        return None
    tracker.wait_for()
    return bytes(booster.save_raw("ubj"))


def _matrix(parts: list[pa.RecordBatch]) -> Any:
    """Return the rows of a task as XGBoost has them."""
    import xgboost

    if not parts:
        raise ValueError("there are fewer rows, or queries, than workers")
    table = pa.Table.from_batches(parts)
    named = [name for name in ("label", "weight") if name in table.column_names]
    given: dict[str, Any] = {name: table[name].to_numpy() for name in named}
    if "query" in table.column_names:
        queries = np.array(table["query"].to_pylist())
        given["qid"] = np.cumsum(np.append(0, queries[1:] != queries[:-1]))
    return xgboost.DMatrix(matrix_of(table["features"].combine_chunks()), **given, nthread=1)


def _tracker(context: Any) -> Any:
    """Return a started tracker, by which the tasks find each other."""
    from xgboost.tracker import RabitTracker

    tasks = context.getTaskInfos()
    tracker = RabitTracker(n_workers=len(tasks), host_ip=tasks[0].address.partition(":")[0])
    tracker.start()
    return tracker
