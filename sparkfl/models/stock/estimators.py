"""The functions of the SQL extension that models are compiled to, in stock SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from sparkfl.columns import INTERNAL
from sparkfl.execution.nearest import nearest_sql
from sparkfl.execution.numbers import Numbers, mapped, summed
from sparkfl.execution.stock_function import FIGURES
from sparkfl.models.compiled import Compiled

__all__ = ["SCORES", "VALUE", "Written", "strongest_sql", "written"]

VALUE = f"{INTERNAL}value"
"""Name of what is predicted."""
SCORES = f"{INTERNAL}scores"
"""Name of the array of the scores of classes, where `VALUE` is the place of the greatest."""
_INLINE = 4096
"""More numbers of a model are looked up."""


@dataclass(frozen=True)
class Written:
    """Texts, of which the last is `VALUE`, and the figures that they look up, if any."""

    texts: dict[str, str]
    figures: pa.Table | None = None
    fields: str = ""


def written(function: Compiled, x: str, d: int) -> Written:
    """Write a function of the SQL extension in stock SQL.

    Parameters
    ----------
    function : Compiled
        The function; its `finish` is not in it.
    x : str
        Name of an array of the features.
    d : int
        How many there are.
    """
    values = function.numbers.values
    assert values is not None
    write, size = _WRITERS[function.name], len(values)
    if size <= _INLINE:
        return Written(write(x, function.numbers, d, size))
    table = pa.table({"numbers": pa.array([values.tolist()], pa.list_(pa.float64()))})
    looked_up = Numbers(column=f"{FIGURES}.numbers")
    return Written(write(x, looked_up, d, size), table, "numbers array<double>")


def strongest_sql(scores: str) -> dict[str, str]:
    """Write the place of the greatest of an array of scores, of equals the first."""
    most = f"array_max({SCORES})"
    numbers = f"transform({scores}, s -> nanvl(s, double('-inf')))"
    return {SCORES: numbers, VALUE: f"CAST(array_position({SCORES}, {most}) - 1 AS INT)"}


def _weighted(x: str, numbers: Numbers, d: int, _size: int) -> dict[str, str]:
    return {VALUE: _sum(x, numbers, d, 0)}


def _sum(x: str, numbers: Numbers, d: int, start: int | str) -> str:
    """Write a weighted sum, whose intercept and weights begin at a place."""
    total = summed(d, lambda i: f"{numbers.at(_place(start, 1, i))} * get({x}, {i})")
    return f"{total} + {numbers.at(_place(start, 0, 0))}"


def _place(start: int | str, step: int, i: int | str) -> int | str:
    if isinstance(start, int) and isinstance(i, int):
        return start + step + i
    return f"{start} + {step} + {i}"


def _of_classes(count: int, step: int, score: Callable[[int | str], str]) -> dict[str, str]:
    """Write the class of the greatest score, given where the numbers of each begin."""

    def of_class(j: int | str) -> str:
        return score(step * j if isinstance(j, int) else f"{step} * {j}")

    return strongest_sql(mapped(count, of_class, "j"))


def _strongest(x: str, numbers: Numbers, d: int, size: int) -> dict[str, str]:
    return _of_classes(size // (d + 1), d + 1, lambda start: _sum(x, numbers, d, start))


def _likeliest(x: str, numbers: Numbers, d: int, size: int) -> dict[str, str]:
    def score(start: int | str) -> str:
        def term(i: int | str) -> str:
            away = f"(get({x}, {i}) - {numbers.at(_place(start, 1, i))})"
            return f"{away} * {away} * {numbers.at(_place(start, 1 + d, i))}"

        return f"{numbers.at(_place(start, 0, 0))} - {summed(d, term)}"

    return _of_classes(size // (2 * d + 1), 2 * d + 1, score)


def _nearest(x: str, numbers: Numbers, d: int, size: int) -> dict[str, str]:
    return nearest_sql(VALUE, x, numbers, d, (size - d) // (d + 1))


_WRITERS: Mapping[str, Callable[[str, Numbers, int, int], dict[str, str]]] = {
    "likeliest": _likeliest,
    "nearest": _nearest,
    "strongest": _strongest,
    "weighted": _weighted,
}
"""By name: ``write(x, numbers, d, size)`` gives texts, of which the last is `VALUE`; `x` is the
name of an array of d features, `size` how many numbers there are. They are those of `RowMath`."""
