"""OPTIONS of a statement: which of them are there, spelled how, with what value."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.options.option import Option, plain

__all__ = ["resolve"]


def resolve(given: Mapping[str, object], options: Iterable[Option], what: str) -> dict[str, Any]:
    """Return parameters by name from options by key; defaults fill in what is left out.

    Parameters
    ----------
    given : mapping
        Options as typed, keys in any case, with and without underscores.
    options : iterable of Option
        The options there are.
    what : str
        Whose options these are, for the message.

    Raises
    ------
    ParameterError
        If a key is unknown, given twice by two of its names, or required and not given, or a value
        is not valid.

    Examples
    --------
    >>> clusters = Option("k", int, 2, key="NUM_CLUSTERS", aliases=("K",), minimum=2)
    >>> resolve({"k": 3}, [clusters], "kmeans")
    {'k': 3}
    >>> resolve({"NUM_CLUSTER": 3}, [clusters], "kmeans")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: kmeans has no option NUM_CLUSTER; did you mean NUM_CLUSTERS? \
Its options: NUM_CLUSTERS.
    """
    declared = list(options)
    by_spelling = {spelling: option for option in declared for spelling in option.spellings}
    plainly = {plain(spelling): option for spelling, option in by_spelling.items()}
    chosen = {option.param: option.default for option in declared}
    typed: dict[str, str] = {}
    for key, value in given.items():
        option = plainly.get(plain(key))
        if option is None:
            raise ParameterError(_unknown(key, by_spelling, declared, what))
        if option.param in typed:
            raise ParameterError(
                f"{typed[option.param]} and {key} are two names of one option; give one of them."
            )
        typed[option.param] = key
        chosen[option.param] = option.check(value, key)
    for option in declared:
        if option.required and option.param not in typed:
            raise ParameterError(f"{what} needs {option.key}, {option.accepts}: {option.doc}")
    return {param: value for param, value in chosen.items() if value is not None}


def _unknown(key: str, spellings: Iterable[str], options: Iterable[Option], what: str) -> str:
    """Say that a key is unknown, what it may have meant, and which there are."""
    close = difflib.get_close_matches(key.upper(), list(spellings), 1)
    hint = f"; did you mean {close[0]}?" if close else "."
    listed = ", ".join(sorted(option.key for option in options)) or "none"
    return f"{what} has no option {key}{hint} Its options: {listed}."
