"""What is wrong with a call of a table function, said before Spark says something else."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from itertools import pairwise

from sparkfl.errors import InvalidIdentifierError, SqlSyntaxError
from sparkfl.sqlext.calls.places import function_of
from sparkfl.sqlext.calls.reading import calls, is_bare_query, table_calls, unnamed
from sparkfl.sqlext.functions import FUNCTIONS
from sparkfl.sqlext.grammar import Token

__all__ = ["check_calls", "misplaced"]

_TRAINERS = ("ML_TRAIN", "ML_TRAIN_WITH_PRIVACY", "ML_AUTOML", "ML_REGISTER_MODEL")
_FINDERS = ("AUTO_FEATURES", "ML_AUTO_FEATURE_ENGINEER")
_ALIKE = 0.85


def check_calls(tokens: Sequence[Token], exists: Callable[[str], bool]) -> None:
    """Refuse what is meant as a call of a function of sparkfl's and is none.

    Parameters
    ----------
    tokens : sequence of Token
        A statement that is Spark's.
    exists : callable
        Tells whether the session has a function of a name.

    Raises
    ------
    SqlSyntaxError
        If the name is misspelt, a function that changes the registry is part of a query, a model's
        name needs back-ticks, or a command stands where a query belongs.
    """
    for called, following in pairwise(tokens):
        alone = called.word in (*_TRAINERS, *_FINDERS) and following.text == "("
        if alone and not exists(called.name):
            name = called.text.lower()
            does = "changes the registry" if called.word in _TRAINERS else "tries many features"
            raise SqlSyntaxError(
                f"{name} {does}, so it cannot be part of a query, which may be "
                f"planned more than once. Write it as a statement of its own: SELECT {name}(...).",
                called.line,
                called.column,
            )
    for called, arguments in table_calls(tokens):
        if function_of(called.name) is None:
            _check_name(called, arguments, exists)
    for call in calls(tokens):
        if call.arguments:
            _check_model(call.arguments[0])
        for argument in call.arguments:
            two = len(argument) > 1 and all(token.is_name for token in argument[:2])
            if (
                two
                and unnamed(argument) is argument
                and argument[0].word != "TABLE"
                and not is_bare_query(argument)
            ):
                raise misplaced(argument)


def misplaced(words: Sequence[Token]) -> SqlSyntaxError:
    """Return the error for words that stand where a query belongs."""
    shown = " ".join(token.text for token in words[:4]) + (" ..." if len(words) > 4 else "")
    return SqlSyntaxError(
        f"{shown} stands where a query belongs. Write SELECT ..., WITH ... SELECT ..., VALUES "
        "..., TABLE name or FROM ... SELECT ....",
        words[0].line,
        words[0].column,
    )


def _check_name(
    called: Token, arguments: Sequence[Sequence[Token]], exists: Callable[[str], bool]
) -> None:
    """Refuse ``model_predit(m, 1, t)``, of which Spark would say that there is no column m."""
    bare = any(is_bare_query(argument) for argument in arguments)
    known = [row.name for row in FUNCTIONS.values() if not bare or "query" in row.arguments]
    near = difflib.get_close_matches(called.name.lower(), known, 1, 0.0 if bare else _ALIKE)
    if arguments and near and not exists(called.name):
        raise SqlSyntaxError(
            f"{called.text} is no function of sparkfl. Did you mean {near[0]}? A table function "
            "of another's takes a query as TABLE(SELECT ...).",
            called.line,
            called.column,
        )


def _check_model(argument: Sequence[Token]) -> None:
    """Refuse ``my-model``, which is a difference to Spark; none is the name of a model."""
    touching = all(a.stop == b.start for a, b in pairwise(argument))
    hyphen = any(token.text == "-" for token in argument)
    if touching and hyphen and all(t.text in "-." or t.is_name for t in argument):
        name = "".join(token.text for token in argument)
        raise InvalidIdentifierError(
            f"a model's name was expected, but {name} is none without back-ticks. Write `{name}` "
            f"or '{name}'; unquoted, only the letters a to z, digits and _ may stand.",
            argument[0].line,
            argument[0].column,
        )
