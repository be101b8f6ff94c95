"""Percentiles, exact and approximate."""

from __future__ import annotations

import numpy as np

from sparkfl.errors import MissingPackageError
from sparkfl.features.aggregations.function import AggregateFunction
from sparkfl.features.aggregations.rows import Rows
from sparkfl.features.aggregations.windows import Floats
from sparkfl.options import Option

__all__ = ["PERCENTILES"]

_K = 200
"""The sketch's own default: a rank is off by 1.3 % at most, with 99 % confidence."""


def _percentile(x: Rows, q: float) -> Floats:
    """Interpolate linearly between the neighbours, as numpy does by default."""
    result = np.full(len(x.size), np.nan)
    some = x.size > 0
    start = (np.cumsum(x.size) - x.size)[some]
    place = q * (x.size[some] - 1)
    low = np.floor(place).astype(np.int64)
    high = np.ceil(place).astype(np.int64)
    below, above = x.ordered[start + low], x.ordered[start + high]
    result[some] = below + (above - below) * (place - low)
    return result


def _approx_percentile(x: Rows, q: float, k: int) -> Floats:
    """Take the value of that rank; of windows that a sketch holds whole it is exact."""
    result = np.full(len(x.size), np.nan)
    some = x.size > 0
    start = np.cumsum(x.size) - x.size
    large = x.size > k
    small = some & ~large
    kept = x.only(np.repeat(small, x.size), x.days)
    n = kept.size[small]
    rank = np.clip(np.ceil(q * n).astype(np.int64) - 1, 0, n - 1)
    result[small] = kept.ordered[(np.cumsum(kept.size) - kept.size)[small] + rank]
    for window in np.flatnonzero(large):
        own = x.values[start[window] : start[window] + x.size[window]]
        result[window] = _sketched(own, q, k)
    return result


def _sketched(values: Floats, q: float, k: int) -> float:
    """Ask a KLL sketch of the values."""
    try:
        from datasketches import kll_doubles_sketch
    except ImportError as error:
        raise MissingPackageError("approx_percentile", "datasketches", "features") from error
    sketch = kll_doubles_sketch(k)
    sketch.update(values)
    return float(sketch.get_quantile(q, True))


def _q(default: float) -> Option:
    return Option("q", float, default, "Share of the values below it.", minimum=0, maximum=1)


PERCENTILES = {
    "median": AggregateFunction(lambda x: _percentile(x, 0.5), "Median."),
    "percentile": AggregateFunction(
        _percentile, "Exact percentile, interpolated linearly: numpy's.", parameters=(_q(0.5),)
    ),
    "approx_percentile": AggregateFunction(
        _approx_percentile,
        "A value whose rank is about that of the percentile: exact up to k values, of more by a "
        "KLL sketch of Apache DataSketches.",
        parameters=(
            _q(0.5),
            Option("k", int, _K, "Size of the sketch.", minimum=8, maximum=65535),
        ),
    ),
}
"""Aggregations of ordered values."""
