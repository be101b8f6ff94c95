"""One thread for numpy: parallel sums depend on which thread comes first."""

from __future__ import annotations

from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits

__all__ = ["single_thread"]


def single_thread() -> AbstractContextManager[object]:
    """Limit OpenMP and BLAS to one thread inside a `with` block.

    Spark runs a worker a core already.
    """
    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
