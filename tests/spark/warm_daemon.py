"""Python workers that find what they need imported: forked of a daemon that has it all.

A worker ends with its task when not all it makes is read, as by `first()` and LIMIT, or after a
minute without work. The next begins with a second or two of imports: a quarter of the tests' time.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

MODULES = (
    "pandas",
    "pyarrow.compute",
    "pyarrow.pandas_compat",
    "pyspark.worker",
    "pyspark.sql.conversion",
    "pyspark.sql.pandas.serializers",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.neighbors",
    "lightgbm",
    "xgboost",
    "sparkfl.audit",
    "sparkfl.federation",
    "sparkfl.models.types",
    "sparkfl.models.group_fit",
    "sparkfl.models.frame_score",
    "sparkfl.serving",
)


def start(modules: Iterable[str]) -> None:
    """Import what is there of the modules, then be Spark's daemon."""
    # The zip files of Spark's own, which lack compiled modules, are on the path, too.
    if any(Path(entry, "pyspark", "worker.py").exists() for entry in sys.path):
        sys.path[:] = [e for e in sys.path if not e.endswith(".zip") or "pyspark" not in e]
    for name in modules:
        # Not every Spark, nor every environment, has all of them.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    from pyspark.daemon import manager

    # Workers collect garbage after each task, and would walk through all of it, and so copy it.
    gc.freeze()
    manager()


if __name__ == "__main__":
    start(MODULES)
