"""One thread for scikit-learn, whose parallel sums depend on which thread comes first."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

__all__ = ["single_thread"]


def single_thread() -> AbstractContextManager[object]:
    """Limit OpenMP and BLAS to one thread inside a `with` block."""
    limiter: AbstractContextManager[object] = _controller().limit(limits=1)  # type: ignore[attr-defined]
    return limiter


@cache
def _controller() -> object:
    """Find the loaded thread pools once per process: the search costs milliseconds."""
    import sklearn.cluster  # noqa: F401  loads the pools that are to be limited
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
