"""What candidates are for the rows of a sample: Spark computes them from their SQL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pyspark.sql import functions as sf

from sparkfl.columns import quote
from sparkfl.features.auto.candidate import Candidate
from sparkfl.features.auto.relational import Events
from sparkfl.features.auto.sample import ROW, Sample
from sparkfl.features.views import FeatureView, Source

__all__ = ["sources_of", "values_of"]

_VALUES = "sparkfl_values"


def values_of(
    candidates: Sequence[Candidate],
    sample: Sample,
    events: Sequence[Events],
    entity: Sequence[str],
    label_time: str | None,
) -> npt.NDArray[np.float64]:
    """Compute candidates in one job.

    Those of events are joined point-in-time by `FeatureView.join`: no row sees an event at or after
    its time.

    Returns
    -------
    numpy.ndarray of shape (candidates, rows)
        NaN where one is NULL, NaN or infinite.
    """
    frame = sample.frame
    sources = sources_of(candidates, events)
    if sources:
        assert label_time is not None
        view = FeatureView("auto_features", list(entity), sources)
        frame = view.join(frame, label_time)
    texts = [each.sql or quote(each.name) for each in candidates]
    one = [sf.expr(f"CAST({text} AS DOUBLE)") for text in texts]
    found = frame.select(ROW, sf.array(*one).alias(_VALUES)).toArrow().combine_chunks()
    values = np.full((len(sample.folds), len(candidates)), np.nan)
    flat = found[_VALUES].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    values[found[ROW].to_numpy()] = flat.astype(np.float64).reshape(-1, len(candidates))
    return np.where(np.isfinite(values), values, np.nan).T


def sources_of(candidates: Sequence[Candidate], events: Sequence[Events]) -> list[Source]:
    """Return the sources of a view of the candidates that are made of events."""
    made = []
    for place, own in enumerate(events):
        features = [each.aggregation for each in candidates if each.source == place]
        given = [each for each in features if each is not None]
        if given:
            called = own.name or own.table
            made.append(
                Source(
                    own.table, given, own.time, where=own.where, keys=own.keys, name=called,
                    query=own.query,
                )
            )  # fmt: skip
    return made
