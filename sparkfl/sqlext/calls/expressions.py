"""`ml_predict` where an expression may stand, as a temporary function of stock SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession

from sparkfl.sqlext.calls.binding import PREFIX, BoundCall
from sparkfl.sqlext.calls.given import NAMES, model_of, read_given, types_of
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import changed, closing, split

__all__ = ["Rewritten", "has_expressions", "with_functions"]

_SORTING = ("ORDER", "SORT", "CLUSTER", "DISTRIBUTE")
_CLAUSES = (*_SORTING, "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "PARTITION", "ON", "LIMIT")
_FUNCTION = re.compile(rf"(?:[\w`]+\.)*({PREFIX}\w+)\(")


@dataclass(frozen=True)
class Rewritten:
    """A statement in which `ml_predict` is functions of the session.

    Attributes
    ----------
    text : str
        The statement.
    called : mapping of str to str
        What was written up to the values, by the name of the function in its place.
    """

    text: str
    called: Mapping[str, str] = field(default_factory=dict)

    def named(self, df: DataFrame) -> DataFrame:
        """Name columns without an alias as what was written."""
        names = [self._named(name) for name in df.columns]
        return df if names == df.columns else df.toDF(*names)

    def _named(self, name: str) -> str:
        return _FUNCTION.sub(lambda found: self.called.get(found[1], found[0]), name)


def has_expressions(spark: SparkSession, tokens: Sequence[Token]) -> bool:
    """Tell whether a statement calls `ml_predict`, and the session has no such function."""
    names = {tokens[at].name for at in range(len(tokens) - 1) if _is_call(tokens, at)}
    return any(not _there(spark, name) for name in names)


def with_functions(
    spark: SparkSession, text: str, analysed: Callable[[str], DataFrame]
) -> Rewritten:
    """Return a statement whose calls of `ml_predict` are those of functions of the session.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session, which gets the functions.
    text : str
        The statement.
    analysed : callable
        Has Spark analyse a statement, which never runs: it is one that fails.

    Raises
    ------
    CapabilityError
        If a model cannot be written as a function.
    ArgumentError
        If the model is not named by a text.
    SchemaError
        If the arguments are not those of the model's columns.
    """
    called: dict[str, str] = {}
    # What is inside of another call comes first.
    while places := _places(text):
        place = places[-1]
        given = read_given(text, place.called, place.arguments)
        types = types_of(text, given, _analysable(text, places), analysed)
        model = model_of(spark, text, given)
        read = BoundCall(spark, model, given, types)
        if _takes_no_function(text, place):
            call = read.inlined()
        else:
            function = read.created()
            called[function] = f"{place.called.lower()}({model}, "
            call = f"{function}({', '.join(given.texts)})"
        text = changed(text, [(place.start, place.stop, call)])
    return Rewritten(text, called)


def _there(spark: SparkSession, name: str) -> bool:
    """Tell whether the session has a function of the name, such as the extension's."""
    return bool(spark.catalog.functionExists(name))


def _is_call(tokens: Sequence[Token], at: int) -> bool:
    is_called = tokens[at].text.lower() in NAMES and tokens[at + 1].text == "("
    return is_called and not (at and tokens[at - 1].text == ".")


@dataclass(frozen=True)
class _Place:
    """Where a call is, what is called, and the tokens of its arguments."""

    start: int
    stop: int
    called: str
    arguments: list[list[Token]]


def _takes_no_function(text: str, place: _Place) -> bool:
    """Tell whether Spark takes no function of SQL: where it sorts, in lambdas, and of lambdas."""
    given = [token for argument in place.arguments for token in argument]
    if any(token.text == "->" or token.text.startswith(PREFIX) for token in given):
        return True
    tokens = [token for token in lex(text) if token.start < place.start]
    depth, passed = 0, False
    for token in reversed(tokens):
        depth += (token.text == ")") - (token.text == "(")
        if depth < 0:
            depth, passed = 0, False
        elif not depth and token.text == "->":
            return True
        elif not depth and not passed and token.word in _CLAUSES:
            if token.word in _SORTING:
                return True
            passed = True
    return False


def _places(text: str) -> list[_Place]:
    """Return the calls of a statement, in the order in which they begin."""
    tokens, found = lex(text), []
    for at in range(len(tokens) - 1):
        end = closing(tokens, at + 2) if _is_call(tokens, at) else -1
        if end >= 0:
            arguments = split(tokens[at + 2 : end])
            found.append(_Place(tokens[at].start, tokens[end].stop, tokens[at].text, arguments))
    return found


def _analysable(text: str, places: Sequence[_Place]) -> Callable[[str], str]:
    """Return what puts an expression where the last call is, with no call left.

    A call around it gives way, too; others are NULL.
    """
    last = places[-1]
    outer: list[_Place] = []
    for place in places:
        if not outer or place.start >= outer[-1].stop:
            outer.append(place)
    tokens = lex(text)
    begins = tokens[1].start if tokens[0].word == "EXPLAIN" else 0

    def put(expression: str) -> str:
        edits = [
            (each.start, each.stop, expression if each.start <= last.start < each.stop else "NULL")
            for each in outer
        ]
        return changed(text, edits)[begins:]

    return put
