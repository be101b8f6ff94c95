"""An iteration of federated Lloyd over the rows of a store, in one worker and through the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.execution.entities import columns_of, is_guarded, is_keyed
from sparkfl.execution.layout import Layout, parallelism
from sparkfl.execution.survey import Survey
from sparkfl.execution.training import Results, collect
from sparkfl.local.iterations import LloydIteration
from sparkfl.local.result import LocalResult, encode, result_schema
from sparkfl.local.stores import blocks
from sparkfl.local.threads import single_thread

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["tell_iteration"]


def tell_iteration(
    due: LloydIteration,
    rows: DataFrame,
    features: int,
    stores: Survey,
    run: Callable[[DataFrame], Results] = collect,
) -> LocalResult:
    """Return what a store tells in an iteration, in one job.

    Parameters
    ----------
    due : LloydIteration
        What is due.
    rows : pyspark.sql.DataFrame
        Rows of one store: `store`, `entity` if they name theirs, `content` if they go to a guard,
        and `features`, an array of doubles, NULL in a row that is not valid.
    features : int
        Length of the arrays.
    stores : Survey
        The store.
    run : callable, optional
        Runs the job of a frame of results and decodes them, as a guard does.

    Examples
    --------
    >>> import numpy as np
    >>> from sparkfl.execution.survey import survey
    >>> from sparkfl.local.fitting import LocalFit
    >>> from sparkfl.privacy.rules import Rules
    >>> from sparkfl.statistics.scaling import Scaling
    >>> rows = spark.range(20).selectExpr("'north' AS store", "array(double(id)) AS features")
    >>> fit = LocalFit("kmeans", 2, 0, Rules(5), Scaling.identity(1))
    >>> known = fit.fit(np.arange(20.0)[:, None]).summary
    >>> due = LloydIteration(fit, known, [np.array([[0.0], [30.0]])], guarded=False)
    >>> told = tell_iteration(due, rows, 1, survey(rows, 1, 2, Rules(5)))
    >>> str(told.verdict), told.summary.n.tolist()
    ('ok', [20, 0])
    """
    keyed, guarded = is_keyed(rows), is_guarded(rows)
    valid = rows.where(F.col("features").isNotNull())
    valid = valid.select("store", *columns_of(rows, guarded))

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with single_thread():
            for block in blocks(batches, features):
                entity = block.columns[0] if keyed else None
                content = block.columns[int(keyed)] if guarded else None
                own = block.without(int(keyed) + int(guarded))
                told = due.tell(own.columns.T, entity, content)
                yield encode(block.keys, [told], guarded)

    layout = Layout.of_survey(stores, features, parallelism(rows))
    schema = result_schema(rows.schema["store"].dataType.simpleString(), guarded)
    ((_, told),) = run(layout.apply(valid, "store").mapInArrow(work, schema))
    return told
