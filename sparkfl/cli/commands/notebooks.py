"""``sparkfl notebooks``: the notebooks, copied to where they can be changed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sparkfl.cli.bundled import bundled
from sparkfl.errors import StorageError

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Copy the notebooks, all or none, and print where they are."""
    parser = argparse.ArgumentParser(
        prog="sparkfl notebooks",
        description="Copy the notebooks, Python files in Databricks' format that run anywhere.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=Path("notebooks"),
        help="where to, by default %(default)s",
    )
    directory = parser.parse_args(arguments).directory
    files = {directory / path.name: path.read_bytes() for path in bundled("notebooks")}
    for target, content in files.items():
        if target.exists() and not (target.is_file() and target.read_bytes() == content):
            raise StorageError(
                f"{target} is there and not the same; nothing was copied. Name another directory: "
                "sparkfl notebooks DIRECTORY."
            )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for target, content in files.items():
            target.write_bytes(content)
    except OSError as error:
        raise StorageError(
            f"{directory} cannot be written: {error.strerror}. Name another directory: sparkfl "
            "notebooks DIRECTORY."
        ) from error
    sys.stdout.writelines(f"{target}\n" for target in files)
    return 0
