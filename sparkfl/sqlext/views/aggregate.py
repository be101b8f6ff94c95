"""``function([DISTINCT] of, …) [FILTER (WHERE …)] [OVER LAST n DAYS] [[AS] name]``."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sparkfl.errors import ParameterError
from sparkfl.features.aggregations import AGGREGATIONS
from sparkfl.features.views import Aggregation
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.parts import closing, split
from sparkfl.sqlext.views.expression import (
    Tokens,
    mistake,
    refuse_now,
    taken_until,
    text_of,
)

__all__ = ["AggregateItem", "aggregate", "function_named", "window"]

_SQL_NAMES = {
    "mean": "avg",
    "percentile_approx": "approx_percentile",
    "std": "std_samp",
    "stddev": "std_samp",
    "stddev_pop": "std_pop",
    "stddev_samp": "std_samp",
}
"""What SQL calls them besides."""
_EXPRESSIONS = ("when", "by")
_WEEK = 7
_CLOSE = 0.75


@dataclass(frozen=True)
class AggregateItem:
    """An aggregate of SELECT.

    Attributes
    ----------
    token : Token
        Where it begins.
    function : str
        Key of `AGGREGATIONS`.
    of : list of Token
        What is aggregated; nothing if it is every event.
    rows : list of Token
        What stands before the star in ``count(a.*)``.
    named : mapping of str to list of Token
        ``when``, ``by`` and ``where``.
    parameters : mapping of str to object
        Others.
    days : int or None
        Window.
    name : str
        Alias; "" if it has none.
    """

    token: Token
    function: str
    of: list[Token]
    rows: list[Token]
    named: Mapping[str, list[Token]] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    days: int | None = None
    name: str = ""

    @property
    def tokens(self) -> list[Token]:
        """All expressions in it."""
        return [*self.rows, *self.of, *(token for part in self.named.values() for token in part)]

    def declared(
        self, text: str, aliases: Collection[str], time: str | None, days: int | None
    ) -> dict[str, object]:
        """Return the feature as views declare it.

        Parameters
        ----------
        text : str
            The statement.
        aliases : collection of str
            What the source is called; left out of expressions.
        time : str or None
            The source's time, whose maximum is the time of the last event.
        days : int or None
            The window, if this one has none.

        Raises
        ------
        SqlSyntaxError
            If there is no such feature.
        """
        refuse_now(self.tokens)
        function, of = self.function, text_of(text, self.of, aliases) if self.of else None
        if of is not None and of == time and function in ("max", "min"):
            function, of = "last_time" if function == "max" else "first_time", None
        own = {key: text_of(text, tokens, aliases) for key, tokens in self.named.items()}
        span = self.days or days
        given = {"of": of, "window": f"{span} days" if span else None, "name": self.name, **own}
        told = {key: value for key, value in given.items() if value}
        try:
            made = Aggregation(function, **told, **self.parameters)  # type: ignore[arg-type]
        except ParameterError as error:
            raise mistake(self.token, str(error)) from error
        return {"function": function, **told, "name": made.name, **made.parameters}


def function_named(token: Token) -> str | None:
    """Return the aggregation that a name means; None if none."""
    name = token.name.lower()
    name = _SQL_NAMES.get(name, name)
    return name if name in AGGREGATIONS else None


def aggregate(text: str, tokens: Tokens) -> AggregateItem | None:
    """Read an item of SELECT if it is an aggregate, and nothing more.

    Raises
    ------
    SqlSyntaxError
        If it looks like one, and there is no such aggregation, or what follows it is something
        else.
    """
    if len(tokens) < 3 or not tokens[0].is_name or tokens[1].text != "(":
        return None
    end = closing(tokens, 2)
    function = function_named(tokens[0])
    if function is None:
        _refuse_unknown(tokens[0], tokens[end + 1 :])
        return None
    cursor = Cursor(text, list(tokens[end + 1 :]))
    named: dict[str, list[Token]] = {}
    days = None
    if cursor.accept("FILTER"):
        cursor.expect("(", "WHERE")
        named["where"] = taken_until(cursor, ")")
        cursor.expect(")")
    if cursor.accept("OVER"):
        days = window(cursor)
    name = cursor.identifier("a feature's name") if cursor.accept("AS") or _bare(cursor) else ""
    if (left := cursor.peek()) is not None:
        raise mistake(
            left,
            f"{left.text} follows the aggregate {tokens[0].text}(…). Give the aggregate a name of "
            "its own, AS name, and write the expression of it as a further item.",
        )
    inside = list(tokens[2:end])
    distinct = bool(inside) and inside[0].word == "DISTINCT"
    if distinct and function not in ("count", "distinct"):
        raise mistake(inside[0], "DISTINCT stands in count(DISTINCT …) only.")
    if distinct:
        function, inside = "distinct", inside[1:]
    rows = inside[:2] if [token.text for token in inside[1:3]] == [".", "*"] else []
    of, expressions, parameters = _arguments(text, tokens[0], function, inside[len(rows) :])
    every = {**expressions, **named}
    return AggregateItem(tokens[0], function, of, rows, every, parameters, days, name)


def window(cursor: Cursor) -> int:
    """Read ``LAST n DAYS`` or ``LAST n WEEKS``, in parentheses or not; return days."""
    if cursor.accept("("):
        days = window(cursor)
        cursor.expect(")")
        return days
    cursor.expect("LAST")
    number = cursor.peek()
    if number is None or not number.text.isdigit():
        raise cursor.error("a number of days was expected: OVER LAST 30 DAYS")
    days = int(cursor.take().text)
    unit = cursor.peek()
    if unit is None or unit.word not in ("DAY", "DAYS", "WEEK", "WEEKS"):
        raise cursor.error("DAYS or WEEKS was expected; windows are of whole days")
    days *= _WEEK if cursor.take().word.startswith("WEEK") else 1
    if not 1 <= days <= 36_500:
        raise mistake(number, f"A window has from 1 to 36500 days; got {days}.")
    return days


def _bare(cursor: Cursor) -> bool:
    """Tell whether a name without AS comes next, and nothing after it."""
    token = cursor.peek()
    return token is not None and token.is_name and cursor.peek(1) is None


def _arguments(
    text: str, called: Token, function: str, inside: Tokens
) -> tuple[list[Token], dict[str, list[Token]], dict[str, object]]:
    """Read what stands between the parentheses."""
    of: list[Token] = []
    expressions: dict[str, list[Token]] = {}
    parameters: dict[str, object] = {}
    free = [option.param for option in AGGREGATIONS[function].parameters]
    for place, part in enumerate(split(inside)):
        arrow = len(part) > 2 and part[0].is_name and part[1].text == "=>"
        key = part[0].name.lower() if arrow else ""
        value = part[2:] if arrow else part
        if not arrow and not place:
            of = [] if [token.text for token in value] == ["*"] else value
            continue
        if not arrow:
            left = [name for name in free if name not in parameters]
            if not left:
                raise mistake(part[0], f"{called.text} takes no such argument.")
            key = left[0]
        if key in _EXPRESSIONS:
            expressions[key] = value
        elif key == "of":
            of = value
        else:
            own = Cursor(text, value)
            parameters[key] = own.literal(f"{key} of {called.text}")
            own.end()
    counts = AGGREGATIONS[function].of_events
    if counts and len(of) == 1 and of[0].text == "1":
        of = []
    return of, expressions, parameters


def _refuse_unknown(called: Token, rest: Tokens) -> None:
    """Refuse a function that OVER LAST or FILTER makes an aggregate, and that is none."""
    words = [token.word for token in rest[:2]]
    if words[:1] != ["FILTER"] and words != ["OVER", "LAST"]:
        return
    close = difflib.get_close_matches(called.name.lower(), AGGREGATIONS, 1, _CLOSE)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise mistake(
        called,
        f"There is no aggregation {called.text}.{hint} There are "
        f"{', '.join(sorted(AGGREGATIONS))}.",
    )
