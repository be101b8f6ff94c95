"""The model statements: a file each, and a row of ``statements.json``, which Scala reads too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import import_module, resources
from typing import cast

from sparkfl.errors import SqlSyntaxError
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.statements.statement import Statement

__all__ = ["STATEMENTS", "Statement", "parse", "statement_class"]

STATEMENTS: Mapping[str, str] = json.loads(
    resources.files("sparkfl.sqlext").joinpath("statements.json").read_text("utf-8")
)
"""Class of each statement, and the words it begins with: ``[may be left out]``, ``either|or``."""


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
    cursor = Cursor(text, tokens)
    for name, words in STATEMENTS.items():
        if _begins(cursor, words):
            return statement_class(name).parse(cursor)
    raise SqlSyntaxError("This is no model statement.")


def _begins(cursor: Cursor, words: str) -> bool:
    """Tell whether a text begins with the words of a row."""
    heads = [re.sub(r"\[.*?\] ?", "", words), re.sub(r"[\[\]]", "", words)]
    return any(_at(cursor, head.split()) for head in heads)


def _at(cursor: Cursor, head: list[str]) -> bool:
    following = [cursor.peek(i) for i in range(len(head))]
    return all(
        token is not None and token.text.upper() in word.split("|")
        for token, word in zip(following, head, strict=True)
    )
