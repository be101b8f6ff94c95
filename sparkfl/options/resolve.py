"""OPTIONS of a statement: which of them are there, spelled how, with what value."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.options.option import Option, plain

__all__ = ["resolve", "unknown"]


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
            keys = [option.key for option in declared]
            raise ParameterError(unknown(key, keys, what, by_spelling))
        if option.param in typed:
            raise ParameterError(
                f"{typed[option.param]} and {key} are two names of one option; give one of them."
            )
        typed[option.param] = key
        chosen[option.param] = option.check(value, key, _shown)
    for option in declared:
        if option.required and option.param not in typed:
            raise ParameterError(f"{what} needs {option.key}, {option.accepts}: {option.doc}")
    return {param: value for param, value in chosen.items() if value is not None}


def _shown(value: object) -> str:
    """Show a value as SQL calls it where Python has another word."""
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return repr(value)


def unknown(key: str, names: Iterable[str], what: str, aliases: Iterable[str] = ()) -> str:
    """Say that there is no option of a name, what it may have meant, and which there are.

    Examples
    --------
    >>> unknown("minsize", ["min_size", "grid"], "A policy")
    'A policy has no option minsize; did you mean min_size? Its options: grid, min_size.'
    """
    listed = sorted(names)
    spelled = {name.upper(): name for name in [*aliases, *listed]}
    close = difflib.get_close_matches(key.upper(), spelled, 1)
    hint = f"; did you mean {spelled[close[0]]}?" if close else "."
    return f"{what} has no option {key}{hint} Its options: {', '.join(listed) or 'none'}."
