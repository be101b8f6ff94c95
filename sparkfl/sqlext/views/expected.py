"""``[CONSTRAINT name] EXPECT expectation [ON VIOLATION FAIL | WARN]`` of feature views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.features.quality import Expectation
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.views.expression import mistake, taken_until, text_of

__all__ = ["AddExpectations", "DropExpectations", "at_expectation", "expected", "expected_sql"]


@dataclass(frozen=True)
class AddExpectations:
    """``ADD [CONSTRAINT name] EXPECT …, …``."""

    expectations: tuple[Mapping[str, str], ...]

    @property
    def sql(self) -> str:
        """Its text."""
        return f"ADD {', '.join(map(expected_sql, self.expectations))}"

    def changed(self, view: Mapping[str, Any]) -> dict[str, Any]:
        """Return a definition with the expectations."""
        return {**view, "expectations": [*view.get("expectations", []), *self.expectations]}


@dataclass(frozen=True)
class DropExpectations:
    """``DROP CONSTRAINT name, …``."""

    names: tuple[str, ...]

    @property
    def sql(self) -> str:
        """Its text."""
        return f"DROP CONSTRAINT {', '.join(map(quote, self.names))}"

    def changed(self, view: Mapping[str, Any]) -> dict[str, Any]:
        """Return a definition without the expectations.

        Raises
        ------
        ParameterError
            If there is none of a name.
        """
        given = {Expectation(**each).name.lower(): each for each in view.get("expectations", [])}
        for name in self.names:
            if given.pop(name.lower(), None) is None:
                known = ", ".join(given) or "none"
                raise ParameterError(
                    f"The feature view expects nothing that is called {name!r}; it has {known}."
                )
        return {**view, "expectations": list(given.values())}


def at_expectation(cursor: Cursor) -> bool:
    """Tell whether an expectation begins here."""
    return cursor.at("EXPECT") or cursor.at("CONSTRAINT")


def expected(cursor: Cursor) -> list[dict[str, str]]:
    """Read expectations, with commas between them or without.

    Raises
    ------
    SqlSyntaxError
        If one is none.
    """
    found = [_one(cursor)]
    while at_expectation(cursor) or cursor.accept(","):
        found.append(_one(cursor))
    return found


def _one(cursor: Cursor) -> dict[str, str]:
    """Read what `FeatureView.from_dict` reads of one."""
    told: dict[str, str] = {}
    name = cursor.identifier("a name of an expectation") if cursor.accept("CONSTRAINT") else ""
    cursor.expect("EXPECT")
    tokens = taken_until(cursor, "ON", "EXPECT", "CONSTRAINT", "AS", ",", ";")
    if not tokens:
        raise cursor.error("an expectation was expected: nulls(age) <= 0.05")
    told["expect"] = text_of(cursor.text, tokens)
    if cursor.accept("ON", "VIOLATION"):
        if not cursor.at("FAIL") and not cursor.at("WARN"):
            raise cursor.error("a row of features is not dropped: FAIL or WARN was expected")
        policy = cursor.take().word.lower()
        if policy == "fail":
            cursor.accept("UPDATE")
            told["on_violation"] = policy
    if name:
        told["name"] = name
    try:
        Expectation(**told)
    except ParameterError as error:
        raise mistake(tokens[0], str(error)) from error
    return told


def expected_sql(each: Mapping[str, str]) -> str:
    """Return the text of an expectation.

    Examples
    --------
    >>> expected_sql({"expect": "n > 0", "on_violation": "fail", "name": "some"})
    'CONSTRAINT `some` EXPECT n > 0 ON VIOLATION FAIL'
    """
    name = f"CONSTRAINT {quote(each['name'])} " if each.get("name") else ""
    policy = " ON VIOLATION FAIL" if each.get("on_violation") == "fail" else ""
    return f"{name}EXPECT {each['expect']}{policy}"
