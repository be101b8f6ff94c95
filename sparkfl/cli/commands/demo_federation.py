"""``sparkfl demo-federation``: stores and an aggregator as processes of their own."""

from __future__ import annotations

import argparse
import csv
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sparkfl.cli.local_spark import environment
from sparkfl.errors import ParameterError
from sparkfl.tracking import DEMO

__all__ = ["main"]

_STORES = {"north": 300, "south": 420, "west": 360}
_FEATURES = ("orders", "value")
_KINDS = ((5.0, 20.0), (40.0, 80.0), (90.0, 300.0))
_STRANGE = (400.0, 2000.0)
_BOUNDS = '{"orders": [0, 1000], "value": [0, 10000]}'
_MODEL = "shoppers"
_PATIENCE = "600"


def main(arguments: Sequence[str]) -> int:
    """Play a round, and return the first exit code that is not 0."""
    parser = argparse.ArgumentParser(
        prog="sparkfl demo-federation",
        description="Three stores, each with a Spark, rows and a key of its own, and an aggregator "
        "without Spark play a round: a folder each, which nobody else may enter, and an exchange.",
        allow_abbrev=False,
    )
    default = Path(DEMO, "federation")
    parser.add_argument("--folder", type=Path, default=default, help="default: %(default)s")
    folder = parser.parse_args(arguments).folder.absolute()
    if folder.exists():
        raise ParameterError(f"{folder} is there already: remove it, or name another --folder.")
    for seed, (store, customers) in enumerate(_STORES.items()):
        _private(folder / store)
        _write_rows(folder / store / "features.csv", store, seed, customers)
    _private(folder / "aggregator")
    (folder / "exchange").mkdir()
    return _played(folder)


def _played(folder: Path) -> int:
    """Create, invite, release, aggregate, score."""
    created = _job(
        folder / "aggregator",
        "aggregate",
        *("--exchange", str(folder / "exchange"), "--features", *_FEATURES, "--bounds", _BOUNDS),
        *("--global-k", "3", "--k", "3", "--invite", *_STORES),
    )
    told, _ = created.communicate()
    if created.returncode:
        return int(created.returncode)
    invitations = dict(line.split("\t") for line in told.splitlines())
    stores = [
        _job(
            folder / store,
            "store",
            *("--join", "-", "--input", "features.csv", "--wait", _PATIENCE, "--no-delta"),
            said=invitation,
        )
        for store, invitation in invitations.items()
    ]
    # In each step it waits for all who have joined, of whom there have to be all.
    aggregator = _job(
        folder / "aggregator", "aggregate", "--deadline", _PATIENCE, "--quorum", str(len(stores))
    )
    codes: list[int] = []
    for name, process in zip((*_STORES, "aggregator"), (*stores, aggregator), strict=True):
        if any(codes):
            # The others would wait for it.
            process.terminate()
        told, _ = process.communicate()
        codes.append(process.returncode)
        for line in told.splitlines():
            sys.stdout.write(f"{name:10}  {line}\n")
    if not any(codes):
        scored = ("--input", "features.csv", "--output", "./scored", "--no-report", "--no-delta")
        scoring = _job(folder / "north", "score", *scored)
        scoring.communicate()
        codes.append(scoring.returncode)
        _show_rights(folder)
    return next((code for code in codes if code), 0)


def _job(home: Path, name: str, *words: str, said: str = "") -> subprocess.Popen[str]:
    """Start a job as a process in the folder of its party, and tell it something."""
    registry = ("--tracking-uri", f"sqlite:///{home / 'mlflow.db'}", "--name", _MODEL)
    party = () if name == "score" else ("--federation", "demo", "--home", str(home / "private"))
    process = subprocess.Popen(
        [sys.executable, "-m", f"sparkfl.job.{name}", *registry, *party, *words],
        cwd=home,
        env={**environment(), "SPARK_LOCAL_IP": "127.0.0.1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(f"{said}\n")
    process.stdin.flush()
    return process


def _private(folder: Path) -> None:
    """Make a folder that its owner alone may enter."""
    folder.mkdir(parents=True)
    folder.chmod(stat.S_IRWXU)


def _write_rows(path: Path, store: str, seed: int, customers: int) -> None:
    """Write the customers of a store: three kinds, and one who is like nobody."""
    random = np.random.default_rng(seed)
    rows = np.array(_KINDS)[random.integers(0, len(_KINDS), customers)]
    rows = np.abs(rows + random.normal(0, 3, rows.shape)).round(2)
    rows[0] = _STRANGE
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["store_id", "customer_id", *_FEATURES])
        lines.writerows([store, place, *row] for place, row in enumerate(rows.tolist()))


def _show_rights(folder: Path) -> None:
    """Show who may read what: what is private is its owner's alone."""
    parties = [folder / name for name in (*_STORES, "aggregator")]
    for path in [*parties, *sorted(folder.rglob("key.pem"))]:
        mode = stat.filemode(path.stat().st_mode)
        if os.name == "posix" and mode[4:] != "------":
            raise ParameterError(f"{path} can be read by others than its owner: {mode}.")
        sys.stdout.write(f"{mode}  {path.relative_to(folder)}\n")
