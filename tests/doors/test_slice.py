"""A statement of every kind, and every function: with the extension and without the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from documented import statements
from player import said
from pyspark.sql import SparkSession
from stock_session import stock_session
from told import Told, differences

import sparkfl
from sparkfl.execution.extension import has_extension
from sparkfl.sqlext.functions import EXPRESSION_ROWS, FUNCTIONS
from sparkfl.sqlext.heads import statement_name
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.statements import STATEMENTS

SLICE = statements(Path(__file__).with_name("slice.sql").read_text("utf-8"))


def test_nothing_is_left_out() -> None:
    asked = {statement_name(lex(text)) for text in SLICE}
    assert {*STATEMENTS} <= asked
    words = {word for text in SLICE for word in re.findall(r"\w+(?=\()", text)}
    named = {row["name"] for row in EXPRESSION_ROWS}
    assert named | {*FUNCTIONS} <= words


@pytest.fixture(scope="module")
def stock(spark: SparkSession) -> Iterator[SparkSession]:
    with stock_session(spark) as made:
        yield made


@pytest.fixture
def settings(spark: SparkSession) -> Iterator[None]:
    """Take back what statements SET."""
    before = dict(spark.conf.getAll)
    yield
    for name in spark.conf.getAll.keys() - before.keys():
        spark.conf.unset(name)


def test_both_say_the_same(
    spark: SparkSession,
    stock: SparkSession,
    settings: None,
    tmp_path: Path,
    mlflow_database: Callable[[Path], str],
) -> None:
    if not has_extension(spark):
        pytest.skip("all tests go through the client's door")
    assert not has_extension(stock)
    told: dict[str, list[Told]] = {}
    for name, session in {"extension": spark, "client": stock}.items():
        home = tmp_path / f"home-{name}"
        home.mkdir()
        session._jvm.SparkSession.setActiveSession(session._jsparkSession)  # type: ignore[union-attr]
        session.conf.set("spark.sparkfl.trackingUri", mlflow_database(home))
        told[name] = [
            said(partial(sparkfl.sql, session), text.replace("{home}", str(home))) for text in SLICE
        ]
    assert differences(told, SLICE, lambda _door, _text: False) == []
    errors = [text for text, each in zip(SLICE, told["extension"], strict=True) if each.error]
    assert errors == SLICE[-19:]
