"""The features of some entities at some times; numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from sparkfl.features.aggregations import AGGREGATIONS
from sparkfl.features.aggregations.windows import Counts, Floats
from sparkfl.features.views.events import Events
from sparkfl.features.views.plan import Planned

__all__ = ["compute"]


def compute(
    features: Sequence[Planned], sources: Sequence[Events], entity: Counts, until: Counts
) -> list[Floats]:
    """Compute all features, a source and window at a time, so that windows share their work.

    Parameters
    ----------
    features : sequence of Planned
        The features.
    sources : sequence of Events
        Events of each source.
    entity, until : numpy.ndarray of int64, shape (asked,)
        Which entity is asked for, and as of when.

    Returns
    -------
    list of numpy.ndarray of float64, shape (asked,)
        For each feature, NaN where it is not defined.

    Examples
    --------
    >>> count = Planned("count", 0, (-1,), None, {})
    >>> events = Events(np.array([5, 7]), np.array([0, 2]), np.empty(0), np.zeros(2, np.int64))
    >>> compute([count], [events], np.array([0, 0]), np.array([7, 8]))
    [array([1., 2.])]
    """
    found: dict[int, Floats] = {}

    def window(place: int) -> tuple[int, int]:
        return features[place].source, features[place].days or 0

    with np.errstate(all="ignore"):
        for (source, days), places in groupby(sorted(range(len(features)), key=window), window):
            cut = sources[source].cut(entity, until, days or None)
            for place in places:
                own = features[place]
                function = AGGREGATIONS[own.function]
                together = own.slots if function.together else None
                rows = [cut.rows(slot, together or (slot,)) for slot in own.slots]
                found[place] = function(*rows, **own.parameters)
    return [found[place] for place in range(len(features))]
