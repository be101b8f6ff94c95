"""What a job checks before it computes anything: its input, its output, its report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sparkfl.errors import ParameterError
from sparkfl.tables import check_target, read_table
from sparkfl.tables.place import is_path

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.job.run import Run

__all__ = ["check_file", "check_output", "input_table", "read_input"]


def input_table(run: Run, demo: str) -> str:
    """Name of the job's input, the demo's unless one was given."""
    return str(run.args.input or demo)


def read_input(run: Run, demo: str) -> DataFrame:
    """Read the job's input."""
    return read_table(run.spark, input_table(run, demo), format=run.args.input_format)


def check_output(
    run: Run,
    output: str,
    inputs: Collection[str],
    key: Collection[str],
    rows: DataFrame,
    required: Collection[str] = (),
) -> None:
    """Refuse an output that is an input, or that cannot take the rows."""
    places = {_identity(run.spark, name): name for name in inputs}
    same = places.get(_identity(run.spark, output))
    if same is not None:
        raise ParameterError(
            f"--output {output} is the input {same}, which would be lost: name another place."
        )
    check_target(run.spark, output, run.args.format, key, rows.columns, required)


def check_file(path: Path, argument: str) -> None:
    """Make the folder of a file, and refuse one that cannot be written.

    Examples
    --------
    >>> check_file(Path("/"), "--report")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: --report / is a folder: name a file.
    """
    if path.is_dir():
        raise ParameterError(f"{argument} {path} is a folder: name a file.")
    there = next(parent for parent in [path, *path.absolute().parents] if parent.exists())
    if (there != path and not there.is_dir()) or not os.access(there, os.W_OK):
        raise ParameterError(
            f"{argument} {path} cannot be written: {there} is "
            f"{'not writable' if there == path or there.is_dir() else 'a file'}. Name another."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(
            f"{argument} {path} cannot be written: {error.strerror}. Name another."
        ) from error


def _identity(spark: SparkSession, name: str) -> str:
    """Spell a name or path in one way."""
    if is_path(spark, name):
        return name if "://" in name else str(Path(name.removeprefix("file:")).absolute())
    words = name.replace("`", "").lower().split(".")
    catalog, schema = spark.catalog.currentCatalog(), spark.catalog.currentDatabase()
    return ".".join([catalog, schema, *words][len(words) :] if len(words) < 3 else words)
