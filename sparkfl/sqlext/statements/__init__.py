"""The model statements: a file each, and a row of ``statements.json``, which Scala reads too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib import import_module, resources
from typing import cast

from sparkfl.errors import SqlSyntaxError
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.statements.statement import Statement

__all__ = ["STATEMENTS", "Statement", "head_length", "parse", "statement_class"]

STATEMENTS: Mapping[str, str] = json.loads(
    resources.files("sparkfl.sqlext").joinpath("statements.json").read_text("utf-8")
)
"""Class of each statement, and the words it begins with.

``[may be left out]``, ``either|or``, and whole heads apart by ``; ``.
"""


def statement_class(name: str) -> type[Statement]:
    """Return a statement's class, which stands in the file of its name.

    Examples
    --------
    >>> statement_class("ShowModels").__module__
    'sparkfl.sqlext.statements.show_models'
    """
    module = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return cast("type[Statement]", getattr(import_module(f"{__name__}.{module}"), name))


def parse(text: str, tokens: list[Token]) -> Statement:
    """Return the statement that a text is, without running anything.

    Parameters
    ----------
    text : str
        One statement, with or without a semicolon.
    tokens : list of Token
        Its tokens by Spark's lexer.

    Raises
    ------
    SqlSyntaxError
        If it is none of the model statements or is malformed; with the position.
    """
    for name, words in STATEMENTS.items():
        if head_length(tokens, words) is not None:
            return statement_class(name).parse(Cursor(text, tokens))
    raise SqlSyntaxError("This is no model statement.")


def head_length(tokens: Sequence[Token], words: str) -> int | None:
    """Return how many tokens the words of a row take at the beginning, None if they are others.

    Examples
    --------
    >>> from sparkfl.sqlext.lexer import lex
    >>> head_length(lex("desc model m"), "DESCRIBE|DESC MODEL")
    2
    """
    without, whole = re.sub(r"\[.*?\] ?", "", words), re.sub(r"[\[\]]", "", words)
    for head in (*without.split("; "), *whole.split("; ")):
        either = [word.split("|") for word in head.split()]
        first = tokens[: len(either)]
        if len(first) == len(either) and all(
            token.word in words for token, words in zip(first, either, strict=True)
        ):
            return len(either)
    return None
