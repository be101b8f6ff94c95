"""Names of columns: quoted for Spark, missing, or taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sparkfl.errors import SchemaError

__all__ = [
    "INTERNAL",
    "check_names",
    "check_taken",
    "class_name",
    "identifiers",
    "missing",
    "path_sql",
    "quote",
    "string_literal",
]

_NAMES = re.compile(r"'(?:[^'\\]|\\.)*'|`((?:[^`]|``)+)`|([^\W\d]\w*)")
INTERNAL = "__sparkfl_"
"""Begins the names of working columns."""


def check_names(columns: Iterable[str]) -> None:
    """Refuse columns that are named as working columns are.

    Raises
    ------
    SchemaError
        If there is one.

    Examples
    --------
    >>> check_names(["__sparkfl"])
    """
    own = [name for name in columns if name.lower().startswith(INTERNAL)]
    if own:
        raise SchemaError(
            f"Column {own[0]!r} begins with {INTERNAL}, as columns inside a model do; give it "
            "another name in the query."
        )


def class_name(value: object) -> str:
    """Name what a caller gave in place of something else: a pandas frame is no Spark frame.

    Examples
    --------
    >>> import pandas
    >>> class_name(pandas.DataFrame()), class_name(7)
    ('pandas.DataFrame', 'int')
    """
    package = type(value).__module__.partition(".")[0]
    name = type(value).__qualname__
    return name if package == "builtins" else f"{package}.{name}"


def quote(name: str) -> str:
    """Write a name so that Spark takes it whole, with the dots and back-ticks in it.

    Examples
    --------
    >>> quote("net.sales"), quote("a`b")
    ('`net.sales`', '`a``b`')
    """
    return "`" + name.replace("`", "``") + "`"


def path_sql(path: Sequence[str]) -> str:
    r"""Write a column, or a field of a struct, so that it is taken for nothing else.

    ``a.b`` may be a column `b` of a table `a`.

    Examples
    --------
    >>> path_sql(["rfm", "it's"])
    "`rfm`['it\\'s']"
    """
    return quote(path[0]) + "".join(f"[{string_literal(part)}]" for part in path[1:])


def string_literal(text: str) -> str:
    r"""Write a text as a literal of Spark's usual settings, with escapes.

    Examples
    --------
    >>> string_literal("it's")
    "'it\\'s'"
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifiers(text: str) -> list[str]:
    """Return the names in an expression of SQL: columns, their parts, functions and words alike.

    Examples
    --------
    >>> identifiers("upper(`a b`) = 'x y' AND t.c > 1")
    ['upper', 'a b', 'AND', 't', 'c']
    """
    found = (m[1].replace("``", "`") if m[1] else m[2] for m in _NAMES.finditer(text))
    return [name for name in found if name]


def missing(names: Sequence[str], there: Iterable[str], what: str = "The input") -> SchemaError:
    """Return the error for columns that are not there.

    Parameters
    ----------
    names : sequence of str
        The columns that were looked for.
    there : iterable of str
        The columns there are.
    what : str, default 'The input'
        What they were looked for in.

    Examples
    --------
    >>> str(missing(["spend"], ["store_id", "orders"]))
    "Missing column 'spend'. The input has: store_id, orders. Correct the name, or add it."
    """
    listed = ", ".join(map(repr, names))
    some = ", ".join(there) or "no column"
    which = "it" if len(names) == 1 else "them"
    return SchemaError(
        f"Missing column{'' if len(names) == 1 else 's'} {listed}. {what} has: {some}. "
        f"Correct the name, or add {which}."
    )


def check_taken(columns: Iterable[str], outputs: Iterable[str]) -> None:
    """Refuse input columns that have the name of an output.

    Raises
    ------
    SchemaError
        If there is one.

    Examples
    --------
    >>> check_taken(["Prediction", "spend"], ["prediction"])
    Traceback (most recent call last):
    sparkfl.errors.SchemaError: Input column 'Prediction' has the name of an output. Rename it or \
leave it out.
    """
    lower = {name.lower() for name in outputs}
    both = [name for name in columns if name.lower() in lower]
    if both:
        listed = ", ".join(map(repr, both))
        raise SchemaError(
            f"Input column {listed} has the name of an output. Rename it or leave it out."
            if len(both) == 1
            else f"Input columns {listed} have the names of outputs. Rename them or leave them out."
        )
