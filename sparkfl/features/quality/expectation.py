"""An expectation of a feature view: what has to hold, and what becomes of it if it does not."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sparkfl.columns import check_text, identifiers, listed
from sparkfl.errors import ParameterError
from sparkfl.features.quality.measures import MEASURES

__all__ = ["FRESHNESS", "PSI", "SCHEMA", "Bound", "Expectation", "expectations"]

SCHEMA, FRESHNESS, PSI = "schema", "freshness", "psi"
_POLICIES = ("fail", "warn")
_CALL = re.compile(
    r"(\w+)\s*\(\s*(\*|`(?:[^`]|``)+`|[\w.]*)\s*\)\s*(<=|>=|==|=|<|>|\bBETWEEN\b)\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_DURATION = re.compile(r"(?:INTERVAL\s+)?'?(\d+)'?\s*(MINUTE|HOUR|DAY|WEEK)S?", re.IGNORECASE)
_SECONDS = {"MINUTE": 60, "HOUR": 3600, "DAY": 86_400, "WEEK": 604_800}
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
_WORDS = {"<=": " le ", ">=": " ge ", "<": " lt ", ">": " gt ", "=": " eq "}


@dataclass(frozen=True)
class Bound:
    """A bound of a figure.

    Examples
    --------
    >>> Bound("<=", 0.05).holds(0.1)
    False
    """

    operator: str
    value: float

    def holds(self, figure: float) -> bool:
        """Tell whether a figure is within it."""
        return _OPERATORS[self.operator](figure, self.value)


@dataclass(frozen=True, init=False)
class Expectation:
    """What is expected of a feature view.

    Parameters
    ----------
    expect : str
        A condition of SQL over the columns of the view, which no row may make false (a NULL
        does not); or a figure and its bounds: ``nulls(age) <= 0.05``, ``distinct(segment) BETWEEN 2
        AND 5``, ``freshness(visits) <= 1 day``, ``psi(age) < 0.2``; or ``schema``.
    on_violation : {'warn', 'fail'}, default 'warn'
        Whether a training and a refresh go on with a warning.
    name : str, optional
        By default, one made of `expect`.

    Attributes
    ----------
    measure : str
        Which figure, a key of :data:`sparkfl.features.quality.measures.MEASURES`; or
        ``'freshness'``, ``'psi'``, ``'schema'``; or ``'condition'``.
    of : str
        Column, or source, that it is of; ``''`` for none.
    bounds : tuple of Bound
        Bounds of the figure; of freshness in seconds.

    Raises
    ------
    ParameterError
        If there is no such policy, or a figure has no bounds.

    Examples
    --------
    >>> Expectation("nulls(age) <= 0.05", "fail")
    Expectation('nulls(age) <= 0.05', 'fail', 'nulls_age_le_0_05')
    >>> Expectation("nulls(age)")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: 'nulls(age)' is no expectation; ...
    """

    expect: str
    on_violation: str
    name: str
    measure: str
    of: str
    bounds: tuple[Bound, ...]

    def __init__(self, expect: str, on_violation: str = "warn", name: str = "") -> None:
        check_text("An expectation", expect)
        policy = str(on_violation).lower()
        if policy not in _POLICIES:
            raise ParameterError(
                f"on_violation of the expectation {expect!r} is {on_violation!r}; give 'fail' or "
                "'warn'."
            )
        measure, of, bounds = _read(expect.strip())
        own = {"expect": expect.strip(), "on_violation": policy, "name": name or _name(expect),
               "measure": measure, "of": of, "bounds": bounds}  # fmt: skip
        for attribute, value in own.items():
            object.__setattr__(self, attribute, value)

    def __repr__(self) -> str:
        return f"Expectation({self.expect!r}, {self.on_violation!r}, {self.name!r})"

    def columns(self, known: Collection[str]) -> list[str]:
        """Return which of some columns it is of, as they are spelled."""
        spelled = {name.lower(): name for name in known}
        if self.measure == "condition":
            names = [name.lower() for name in identifiers(self.expect)]
        else:
            names = [self.of.lower()]
        return list(dict.fromkeys(spelled[name] for name in names if name in spelled))

    def holds(self, figure: float | None) -> bool | None:
        """Tell whether a figure is within the bounds; None if there is no figure."""
        return None if figure is None else all(bound.holds(figure) for bound in self.bounds)


def expectations(view: str, given: object) -> tuple[Expectation, ...]:
    """Check the expectations of a view, each of which has a name of its own.

    Raises
    ------
    ParameterError
        If there is something else among them, or one name twice.
    """
    found = listed(f"expectations of the view {view}", given, Expectation)
    seen: set[str] = set()
    for each in found:
        if each.name.lower() in seen:
            raise ParameterError(
                f"The view {view} has two expectations {each.name!r}; name one of them otherwise: "
                f"CONSTRAINT name EXPECT {each.expect}."
            )
        seen.add(each.name.lower())
    return found


def _read(text: str) -> tuple[str, str, tuple[Bound, ...]]:
    """Read measure, column and bounds."""
    if text.lower() == SCHEMA:
        return SCHEMA, "", ()
    word = re.match(r"\w+(?=\s*\()", text)
    measure = word[0].lower() if word else ""
    if measure not in (*MEASURES, FRESHNESS, PSI):
        return "condition", "", ()
    found = _CALL.fullmatch(text)
    bounds = _bounds(found[3].upper(), found[4], measure == FRESHNESS) if found else ()
    of = found[2] if found else ""
    if not bounds or (of in ("", "*")) != (measure == "rows"):
        raise ParameterError(
            f"{text!r} is no expectation; write {measure}({'' if measure == 'rows' else 'column'}) "
            f"<= {'1 DAY' if measure == FRESHNESS else '5'}, or BETWEEN two such values."
        )
    name = of[1:-1].replace("``", "`") if of.startswith("`") else of
    return measure, "" if measure == "rows" else name, bounds


def _bounds(operator: str, text: str, duration: bool) -> tuple[Bound, ...]:
    """Read the bounds; none if they are none."""
    if operator == "BETWEEN":
        values = [_value(part.strip(), duration) for part in re.split(r"\bAND\b", text, flags=re.I)]
        operators = [">=", "<="]
    else:
        values, operators = [_value(text.strip(), duration)], [operator.replace("==", "=")]
    if len(values) != len(operators) or None in values:
        return ()
    return tuple(Bound(o, v) for o, v in zip(operators, values, strict=True) if v is not None)


def _value(text: str, duration: bool) -> float | None:
    if duration:
        found = _DURATION.fullmatch(text)
        return float(found[1]) * _SECONDS[found[2].upper()] if found else None
    return float(text) if _NUMBER.fullmatch(text) else None


def _name(text: str) -> str:
    """Make a name of a text."""
    for sign, word in _WORDS.items():
        text = text.replace(sign, word)
    return re.sub(r"\W+", "_", text).strip("_")[:100]
