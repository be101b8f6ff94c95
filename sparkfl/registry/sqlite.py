"""A SQLite database as MLflow's: made whole or not at all, and looked at before it is opened."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from sparkfl.errors import RegistryError

__all__ = ["check_writable", "open_sqlite", "sqlite_file"]

# Migrations of MLflow's keep their state in a module, so two threads cannot run them at once.
_migrating = threading.Lock()
_opened: set[tuple[str, int, int]] = set()
"""Addresses whose files, by device and inode, MLflow has opened in this process."""


def sqlite_file(uri: str) -> Path | None:
    """Return the file of a SQLite address; None for one in memory, and for other addresses.

    Examples
    --------
    >>> sqlite_file("sqlite:////srv/mlflow.db").as_posix()
    '/srv/mlflow.db'
    """
    if not uri.startswith("sqlite"):
        return None
    from sqlalchemy import make_url

    path = (make_url(uri).database or ":memory:").removeprefix("file:")
    return None if path == ":memory:" else Path(path).absolute()


def open_sqlite(uri: str) -> None:
    """Open a database as MLflow does, once in a process; a new one is made.

    Raises
    ------
    RegistryError
        If the address names no file, or one that is not a database, or another program's.
    """
    path = sqlite_file(uri)
    if path is None:
        raise RegistryError(
            f"MLflow at {uri}: no file is named, and what is in memory only would be lost with the "
            "process. Name one: sqlite:////path/mlflow.db."
        )
    if _opening(uri, path) in _opened:
        return
    with _migrating, _quiet("mlflow.store.db.utils"):
        if path.exists():
            _check(path)
        else:
            _create(path)
        _ask(uri)
        if key := _opening(uri, path):
            _opened.add(key)


def _opening(uri: str, path: Path) -> tuple[str, int, int] | None:
    """Return what is remembered of an address; None if there is no file.

    Asking costs half as much as a look for a model, and every statement would do it.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return uri, found.st_dev, found.st_ino


def check_writable(uri: str) -> None:
    """Refuse a database that this user can only read; other addresses tell when written to.

    Raises
    ------
    RegistryError
        If it is one.
    """
    path = sqlite_file(uri)
    if path and not all(os.access(place, os.W_OK) for place in (path, path.parent)):
        raise RegistryError(
            f"MLflow at sqlite:///{path}: the file or its folder is read-only. Make it writable "
            "for this user, or use another tracking URI."
        )


def _check(path: Path) -> None:
    """Refuse what MLflow would try to open for minutes, or would put its tables into."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in found}
    except sqlite3.DatabaseError as error:
        raise RegistryError(
            f"MLflow at sqlite:///{path}: {error}. Restore the file, or use another tracking URI."
        ) from error
    if tables and not {"alembic_version", "experiments"} <= tables:
        raise RegistryError(
            f"MLflow at sqlite:///{path}: the file is the database of another program, with "
            f"the tables {', '.join(sorted(tables)[:3])}…. Use another file."
        )


def _create(path: Path) -> None:
    """Make a database beside its place and put it there whole, unless another was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
        fresh = Path(scratch) / path.name
        _ask(f"sqlite:///{fresh}")
        # Where the file system has no links, MLflow makes it in its place.
        with contextlib.suppress(OSError):
            os.link(fresh, path)


def _ask(uri: str) -> None:
    """Let MLflow open a database."""
    import mlflow

    mlflow.MlflowClient(uri, uri).search_experiments(max_results=1)


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a logger's notes on the making of tables to itself for a moment."""
    noisy = logging.getLogger(name)
    level = noisy.level
    noisy.setLevel(logging.WARNING)
    try:
        yield
    finally:
        noisy.setLevel(level)
