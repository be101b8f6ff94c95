"""What a kind of external source is: a reader of Spark's, and how its options are called."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sparkfl.errors import ParameterError

__all__ = ["Kind", "Options", "plain", "translated"]

Options = dict[str, object]


@dataclass(frozen=True)
class Kind:
    """A kind of source.

    Parameters
    ----------
    name : str
        The word after USING.
    provider : str
        Spark's name of the reader.
    options : tuple of str
        Options of the reader, by its spelling; in SQL also with ``_`` between the words.
    renamed : mapping of str to str
        Further spellings, in upper case, and the option that each is.
    required : tuple of tuple of str
        Of each of these one has to be given.
    prefixes : tuple of str
        Options that begin so go to the reader as they are, in lower case.
    defaults : mapping of str to str
        Options where nothing is said.
    package : str
        What a session without the reader has to be given.
    takes_columns : bool
        Whether columns may be declared.
    finish : callable, optional
        Reader's options and the source's name -> options of several others.
    """

    name: str
    provider: str
    options: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    required: tuple[tuple[str, ...], ...] = ()
    prefixes: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    package: str = ""
    takes_columns: bool = False
    finish: Callable[[dict[str, str], str], None] | None = None


def translated(kind: Kind, given: Mapping[str, object], name: str) -> dict[str, str]:
    """Return the options of Spark's reader.

    Parameters
    ----------
    kind : Kind
        The kind.
    given : mapping of str to object
        Options as SQL has them, in any case.
    name : str
        The last part of the source's name.

    Raises
    ------
    ParameterError
        If there is no such option, one is missing, or its value cannot be one.

    Examples
    --------
    >>> kind = Kind("jdbc", "jdbc", ("url", "fetchSize"), {"TABLE": "dbtable"})
    >>> translated(kind, {"FETCH_SIZE": 10, "TABLE": "shop.sales"}, "sales")
    {'fetchSize': '10', 'dbtable': 'shop.sales'}
    """
    known = {option.lower(): option for option in kind.options}
    known |= {_folded(key): option for key, option in kind.renamed.items()}
    found: dict[str, str] = {}
    for key, value in given.items():
        option = known.get(_folded(key))
        if option is None and key.lower().startswith(kind.prefixes or ("\0",)):
            option = key.lower()
        if option is None:
            raise ParameterError(_unknown(kind, key))
        if option in found:
            raise ParameterError(f"{key} of USING {kind.name} is given twice, as {option}.")
        found[option] = plain(kind.name, key, value)
    for either in kind.required:
        if not any(option in found for option in either):
            told = " or ".join(_told(kind, option) for option in either)
            more = f" {kind.package}" if kind.package else ""
            raise ParameterError(
                f"USING {kind.name} of {name!r} needs {told}: write OPTIONS "
                f"({_told(kind, either[0])} = '…').{more}"
            )
    if kind.finish is not None:
        kind.finish(found, name)
    return {**kind.defaults, **found}


def plain(kind: str, key: str, value: object) -> str:
    """Return a value as readers take it.

    Raises
    ------
    ParameterError
        If it is NULL, or several where one is wanted.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and value and all(isinstance(v, str) for v in value):
        return ",".join(map(str, value))
    if value is None or not isinstance(value, str | int | float):
        shown = "NULL" if value is None else f"{value!r}"
        raise ParameterError(f"{key} of USING {kind} is {shown}; give a string, number or boolean.")
    return str(value)


def _folded(key: str) -> str:
    return key.replace("_", "").lower()


def _told(kind: Kind, option: str) -> str:
    """Return the spelling of an option in SQL."""
    short = [key for key, renamed in kind.renamed.items() if renamed == option]
    return short[0] if short else option.upper()


def _unknown(kind: Kind, key: str) -> str:
    known = sorted({*kind.renamed, *(option.upper() for option in kind.options)})
    close = difflib.get_close_matches(key.upper(), known, 1)
    meant = f" Did you mean {close[0]}?" if close else ""
    begins = " or ".join(kind.prefixes)
    passed = f", and in back-ticks what begins with {begins}" if begins else ""
    return f"USING {kind.name} has no option {key}.{meant} It has {', '.join(known)}{passed}."
