"""The model statements: a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sparkfl.errors import SqlSyntaxError
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.statements.create_federated_model import CreateFederatedModel
from sparkfl.sqlext.statements.create_model import CreateModel
from sparkfl.sqlext.statements.create_temp_table import CreateTempTable
from sparkfl.sqlext.statements.describe_model import DescribeModel
from sparkfl.sqlext.statements.drop_model import DropModel
from sparkfl.sqlext.statements.show_models import ShowModels, ShowModelVersions
from sparkfl.sqlext.statements.statement import Statement
from sparkfl.sqlext.statements.update_model import UpdateModel

__all__ = ["STATEMENTS", "Statement", "parse"]

STATEMENTS: Mapping[tuple[str, ...], Callable[[Cursor], Statement]] = {
    ("CREATE", "MODEL"): CreateModel.parse,
    ("CREATE", "OR", "REPLACE", "MODEL"): CreateModel.parse,
    ("CREATE", "FEDERATED", "MODEL"): CreateFederatedModel.parse,
    ("CREATE", "OR", "REPLACE", "FEDERATED", "MODEL"): CreateFederatedModel.parse,
    ("CREATE", "TEMP", "TABLE"): CreateTempTable.parse,
    ("CREATE", "TEMPORARY", "TABLE"): CreateTempTable.parse,
    ("CREATE", "OR", "REPLACE", "TEMP", "TABLE"): CreateTempTable.parse,
    ("CREATE", "OR", "REPLACE", "TEMPORARY", "TABLE"): CreateTempTable.parse,
    ("DESC", "MODEL"): DescribeModel.parse,
    ("DESCRIBE", "MODEL"): DescribeModel.parse,
    ("DROP", "MODEL"): DropModel.parse,
    ("SHOW", "MODEL", "VERSIONS"): ShowModelVersions.parse,
    ("SHOW", "MODELS"): ShowModels.parse,
    ("UPDATE", "MODEL"): UpdateModel.parse,
}


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
    for words, statement in STATEMENTS.items():
        if cursor.at(*words):
            return statement(cursor)
    raise SqlSyntaxError("This is no model statement.")
