"""How a version's files are read: by the functions that the version itself names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

from sparkfl.errors import FormatError, ParameterError
from sparkfl.formats import FORMAT, check_format

__all__ = ["model_config", "named_readers", "reader"]

_LACKING = {
    "reader": "has no model for Spark: load it by mlflow.pyfunc.load_model",
    "local_reader": "has no local models: load it whole",
}


def model_config(readers: Mapping[str, str]) -> dict[str, object]:
    """Return what is written into a version's MLmodel file."""
    return {"format": FORMAT, **readers}


def named_readers(directory: Path) -> Mapping[str, object]:
    """Return what the MLmodel file in a directory says of how to read its model."""
    from mlflow.models import Model

    flavor = Model.load(str(directory)).flavors.get("python_function", {})
    config: Mapping[str, object] = flavor.get("config") or {}
    return config


def reader(config: Mapping[str, object], kind: str, what: str) -> Callable[..., Any]:
    """Import the function that reads a version.

    Parameters
    ----------
    config : mapping of str to object
        What `model_config` returned when the version was made.
    kind : {'scorer', 'reader', 'local_reader'}
        What is to be read.
    what : str
        The version, to begin a sentence with.

    Raises
    ------
    FormatError
        If the version was saved in another format, or names what is not there.
    ParameterError
        If the version has no such reader.

    Examples
    --------
    >>> reader({"format": FORMAT, "scorer": "json:loads"}, "scorer", "The model")("[1]")
    [1]
    """
    check_format(config.get("format"), what)
    path = config.get(kind)
    if path is None:
        raise ParameterError(f"{what} {_LACKING[kind]}.")
    module, _, function = str(path).partition(":")
    try:
        found: Callable[..., Any] = attrgetter(function)(importlib.import_module(module))
    except (ImportError, AttributeError) as error:
        raise FormatError(
            f"{what} is read by {path}, which cannot be imported: {error}. Install what it was "
            "trained with (requirements.txt beside it)."
        ) from error
    return found
