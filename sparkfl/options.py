"""OPTIONS of a model statement: which there are, their types, defaults and bounds."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sparkfl.errors import ParameterError

__all__ = ["Option", "resolve"]

_KINDS = {int: "a whole number", float: "a number", str: "a string", bool: "TRUE or FALSE"}


@dataclass(frozen=True)
class Option:
    """One key of OPTIONS.

    Attributes
    ----------
    param : str
        The parameter it sets, by its `pyspark.ml` name.
    kind : type
        `int`, `float`, `str` or `bool`.
    default : object
        Value when the key is left out; None leaves the parameter unset.
    choices : tuple of str
        Valid strings; empty for any.
    minimum : float or None
        Smallest valid number.
    aliases : tuple of str
        Other spellings of the key.
    """

    param: str
    kind: type
    default: object = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    aliases: tuple[str, ...] = ()

    def value(self, key: str, given: object) -> object:
        """Return `given` as this option's type.

        Raises
        ------
        ParameterError
            If it has another type, is not among the choices or is below the minimum.
        """
        value = float(given) if self.kind is float and type(given) is int else given
        if type(value) is not self.kind:
            raise ParameterError(f"Option {key} takes {_KINDS[self.kind]}, not {given!r}.")
        if self.choices and value not in self.choices:
            raise ParameterError(
                f"Option {key} = {given!r} is not valid; choose one of {', '.join(self.choices)}."
            )
        if (
            self.minimum is not None
            and isinstance(value, int | float)
            and not value >= self.minimum
        ):
            raise ParameterError(
                f"Option {key} = {given!r} is too small; the least is {self.minimum:g}."
            )
        return value


def resolve(
    given: Mapping[str, object], valid: Mapping[str, Option], what: str
) -> dict[str, object]:
    """Return parameters by name from options by key; defaults fill in what is left out.

    Parameters
    ----------
    given : mapping
        Options as typed, keys in upper case.
    valid : mapping of str to Option
        The keys there are.
    what : str
        Whose options these are, for the message.

    Raises
    ------
    ParameterError
        If a key is unknown or a value invalid.

    Examples
    --------
    >>> resolve({"K": 3}, {"NUM_CLUSTERS": Option("k", int, 2, aliases=("K",))}, "kmeans")
    {'k': 3}
    """
    spellings = {s: key for key, option in valid.items() for s in (key, *option.aliases)}
    for key in given:
        if key not in spellings:
            raise ParameterError(_unknown(key, spellings, valid, what))
    chosen = {option.param: option.default for option in valid.values()}
    for key, value in given.items():
        option = valid[spellings[key]]
        chosen[option.param] = option.value(key, value)
    return {param: value for param, value in chosen.items() if value is not None}


def _unknown(key: str, spellings: Iterable[str], valid: Iterable[str], what: str) -> str:
    """Say that a key is unknown, what it may have meant, and which there are."""
    close = difflib.get_close_matches(key, list(spellings), 1)
    hint = f"; did you mean {close[0]}?" if close else "."
    return f"{what} has no option {key}{hint} Its options: {', '.join(sorted(valid))}."
