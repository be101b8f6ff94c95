"""What ``sparkfl doctor`` looks at, in the order in which one thing needs another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sparkfl.cli.checks.finding import Finding
from sparkfl.cli.checks.packages import libraries, packages, reports
from sparkfl.cli.checks.pythons import python, workers
from sparkfl.cli.checks.registry import mlflow, registry
from sparkfl.cli.checks.spark import delta, extension, java, spark

__all__ = ["CHECKS", "Finding"]

CHECKS: Sequence[Callable[[], Finding]] = (
    python,
    packages,
    reports,
    java,
    spark,
    extension,
    delta,
    mlflow,
    registry,
    workers,
    libraries,
)
