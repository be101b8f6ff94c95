"""The kinds of value an option takes: how they are named, read from Python, SQL and words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal

__all__ = ["KINDS", "Kind", "KindName"]

KindName = (
    type[int]
    | type[float]
    | type[str]
    | type[bool]
    | Literal[
        "column",
        "columns",
        "strings",
        "integers",
        "numbers",
        "bounds",
        "mapping",
        "named",
        "any",
        "path",
        "absolute path",
    ]
)


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Attributes
    ----------
    says : str
        Its name, for a message.
    read : callable
        Returns a value of Python or SQL as one of this kind; raises TypeError or ValueError.
    parse : callable
        Returns what a word of the command line stands for; raises ValueError.
    many : bool
        Whether it is a list.
    hint : callable
        Returns what to give in place of a value that is refused, as the end of a sentence, or
        nothing.
    """

    says: str
    read: Callable[[Any], Any]
    parse: Callable[[str], Any] = str
    many: bool = False
    hint: Callable[[Any], str] = lambda _: ""


_INFINITIES = ("inf", "-inf", "infinity", "-infinity")


def _integer(value: object) -> int:
    """Read a whole number, which may be written 3.0, as `pyspark.ml` does."""
    number = _number(value)
    if isinstance(value, Integral):
        return int(value)
    if not number.is_integer():
        raise TypeError
    return int(number)


def _number(value: object) -> float:
    """Read a finite number; NaN is none."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError
    if not isinstance(value, Integral) and not math.isfinite(value):
        raise ValueError
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _bound(value: object) -> float:
    """Read a number, or one of the infinities by its name."""
    if isinstance(value, str):
        if value.lower() not in _INFINITIES:
            raise ValueError
        return float(value)
    return _number(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _boolean(value: object) -> bool:
    if type(value).__name__ not in ("bool", "bool_"):
        raise TypeError
    return bool(value)


def _column(value: object) -> str:
    """Read a name; an array of one is what the dialect's LABEL may be."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if not _text(value).strip():
        raise ValueError
    return str(value)


def _list(item: Callable[[object], Any], value: object) -> list[Any]:
    """Read a list; one value stands for a list of one."""
    if isinstance(value, str | Real):
        value = [value]
    if not isinstance(value, Iterable) or isinstance(value, Mapping | bytes):
        raise TypeError
    return [item(v) for v in value]


def _columns(value: object) -> list[str]:
    names = _list(_column, value)
    if len(set(names)) < len(names):
        raise ValueError
    return names


def _mapping(value: object) -> dict[str, Any]:
    """Read a mapping, in SQL the text of a JSON object."""
    if isinstance(value, str):
        value = json.loads(value)
    if not isinstance(value, Mapping):
        raise TypeError
    read = dict(value)
    json.dumps(read)
    return read


def _named(value: object) -> str | dict[str, Any]:
    """Read a name, or what it stands for: a mapping, its JSON, or an object that has one."""
    told = getattr(value, "to_json", None)
    if told is not None:
        return _mapping(told())
    if isinstance(value, str) and not value.lstrip().startswith("{"):
        return _column(value)
    return _mapping(value)


def _path(value: object) -> str:
    """Read a path, which no number and no blank is."""
    if not _text(value).strip():
        raise ValueError
    return str(value)


def _absolute(value: object) -> str:
    """Read a path that means the same wherever Spark is started: from the root, or a URI."""
    if not re.match(r"/|[A-Za-z][\w+.-]*:/", _path(value)):
        raise ValueError
    return str(value)


def _absolute_hint(value: object) -> str:
    """Say what a relative path would be here."""
    if not isinstance(value, str) or not value.strip():
        return ""
    here = Path(value.removeprefix("file:")).expanduser().absolute()
    return f"seen from here that is {str(here)!r}; in another directory it would be another"


def _digits(word: str) -> int | float:
    """Return the number that a word is."""
    try:
        return int(word)
    except ValueError:
        return float(word)


def _anything(value: Any) -> Any:
    """Return a value of SQL as one of Python."""
    return [_anything(v) for v in value] if isinstance(value, list | tuple) else value


KINDS: Mapping[KindName, Kind] = {
    int: Kind("an integer", _integer, _digits),
    float: Kind("a number", _number, _digits),
    str: Kind("a string", _text),
    bool: Kind("true or false", _boolean),
    "column": Kind("a column name", _column),
    "columns": Kind("a list of distinct column names", _columns, many=True),
    "strings": Kind("a list of strings", lambda v: _list(_text, v), many=True),
    "integers": Kind("a list of integers", lambda v: _list(_integer, v), _digits, many=True),
    "numbers": Kind("a list of numbers", lambda v: _list(_number, v), _digits, many=True),
    "any": Kind("a value", _anything),
    "path": Kind("the path of a directory", _path),
    "absolute path": Kind("the absolute path of a directory", _absolute, hint=_absolute_hint),
    "bounds": Kind(
        "a list of numbers, '-inf' and 'inf' among them",
        lambda v: _list(_bound, v),
        _digits,
        many=True,
    ),
    "named": Kind(
        "a name, or what it stands for: a mapping (in SQL: its JSON as a string)", _named
    ),
    "mapping": Kind(
        "a mapping of names to values that JSON can hold (in SQL: its JSON as a string)", _mapping
    ),
}
