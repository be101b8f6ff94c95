"""Values with names inside one SQL expression, each computed once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sparkfl.columns import INTERNAL

__all__ = ["chained", "let"]

_STATE = f"{INTERNAL}state"
_NAME = re.compile(rf"(?<![\w.`'])({INTERNAL}\w+)")


def let(values: Mapping[str, str], result: str) -> str:
    """Write an expression in which names stand for values.

    A chain of columns would be put into one another where there is no table to make them of, as
    in a function: the text of each then stands wherever its name is, and the plan grows by their
    product. The variable of a lambda is computed once. It is that of the last step of an
    aggregation of nothing: the type of an array's element, or whether it may be NULL, would take
    Spark a time exponential in the depth.

    Parameters
    ----------
    values : mapping of str to str
        Texts by name; each may refer to those before it. A name is a plain identifier.
    result : str
        Text that refers to them.

    Examples
    --------
    >>> text = let({"x": "1 + 1"}, "x * x")
    >>> text
    'aggregate(array(), 1 + 1, (a, i) -> a, x -> x * x)'
    >>> spark.sql(f"SELECT {text} AS four").first().four
    4
    """
    for name, value in reversed(list(values.items())):
        result = f"aggregate(array(), {value}, (a, i) -> a, {name} -> {result})"
    return result


def chained(values: Mapping[str, str], result: str) -> str:
    """Write what `let` writes, in which no lambda has variables of another's.

    Spark hands what a function of Python is given to its worker only if it is so: the references
    of a lambda within a lambda to what is around it are lost when it compares them.

    Parameters
    ----------
    values : mapping of str to str
        Texts by name, which begins with `sparkfl.columns.INTERNAL`; each may refer to those before
        it, not inside of a lambda.
    result : str
        Text that refers to them.

    Examples
    --------
    >>> text = chained(
    ...     {"__sparkfl_x": "1 + 1", "__sparkfl_y": "__sparkfl_x * 3"}, "__sparkfl_x * __sparkfl_y"
    ... )
    >>> spark.sql(f"SELECT {text} AS twelve").first().twelve
    12
    """
    known: list[str] = []

    def with_state(text: str) -> str:
        return _NAME.sub(lambda m: f"{_STATE}.{m[1]}" if m[1] in known else m[1], text)

    state = ""
    for name, value in values.items():
        fields = [f"'{one}', {_STATE}.{one}" for one in known]
        fields.append(f"'{name}', {with_state(value)}")
        following = f"named_struct({', '.join(fields)})"
        state = _following(state, following) if known else following
        known.append(name)
    return _following(state, with_state(result))


def _following(state: str, result: str) -> str:
    return f"aggregate(array(), {state}, (a, i) -> a, {_STATE} -> {result})"
