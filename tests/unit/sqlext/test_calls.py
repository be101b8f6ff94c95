"""Where a query ends among a call's arguments, and what stands behind it."""

from __future__ import annotations

import json

import pytest

from sparkfl.errors import ArgumentError, SqlSyntaxError
from sparkfl.sqlext.calls.mistakes import check_calls
from sparkfl.sqlext.calls.reading import calls
from sparkfl.sqlext.calls.values import bound
from sparkfl.sqlext.lexer import lex


@pytest.mark.parametrize(
    ("arguments", "query", "encrypted"),
    [
        ("m, t", "TABLE t", None),
        ("m, t, TRUE", "TABLE t", True),
        ("m, 2, t, output_encryption => false", "TABLE t", False),
        ("model_name = 'm', encrypted_features = t, output_encryption = true", "TABLE t", True),
        ("m, SELECT a, b FROM t", "SELECT a, b FROM t", None),
        ("m, SELECT a, b FROM t WHERE a = TRUE, False", "SELECT a, b FROM t WHERE a = TRUE", False),
        ("m, SELECT a FROM t, output_encryption => TRUE", "SELECT a FROM t", True),
        ("m, SELECT a FROM t ORDER BY a, TRUE", "SELECT a FROM t ORDER BY a, TRUE", None),
        ("m, TABLE(t), TRUE", "TABLE t", True),
    ],
)
def test_a_boolean_may_stand_behind_the_query(
    arguments: str, query: str, encrypted: bool | None
) -> None:
    text = f"SELECT * FROM ml_predict_encrypted({arguments})"
    (call,) = calls(lex(text))
    given, options = bound(None, text, call)  # type: ignore[arg-type]
    assert given["model"] == "m"
    assert given["query"].text == query
    told = json.loads(options) if options else {}
    assert told == ({} if encrypted is None else {"OUTPUT_ENCRYPTION": encrypted})


@pytest.mark.parametrize("arguments", ["m, t, 3", "m, t, 'yes'", "m, 1, t, TRUE, FALSE", "m"])
def test_what_is_no_boolean_does_not(arguments: str) -> None:
    text = f"SELECT * FROM ml_predict_encrypted({arguments})"
    (call,) = calls(lex(text))
    with pytest.raises(ArgumentError, match=r"takes .*output_encryption, whether responses"):
        bound(None, text, call)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT z.a FROM t c, LATERAL (SELECT c.age + 1 AS a) z",
        "SELECT * FROM model_clusters(m) c, lateral (SELECT c.n + 1 AS a)",
        "SELECT * FROM t JOIN LATERAL (SELECT 1 AS a) ON TRUE",
        "SELECT * FROM t CROSS JOIN LATERAL(SELECT 1)",
        "SELECT * FROM (SELECT (SELECT max(a) FROM u) AS most FROM t)",
        "SELECT * FROM (VALUES (SELECT 1), (SELECT 2)) AS v(a)",
        "SELECT * FROM VALUES (1), (2) AS v(a), (VALUES (3)) AS w(b)",
        "SELECT * FROM VALUES 1, EXISTS (SELECT 1), NOT (SELECT TRUE)",
        "SELECT * FROM t, (FROM (SELECT 1) SELECT *)",
        "SELECT * FROM (WITH u AS (SELECT 1) SELECT * FROM u) JOIN v ON a IN (SELECT 1)",
        "SELECT * FROM t WHERE EXISTS (SELECT 1) AND a IN (SELECT 2) OR a > ANY (SELECT 3)",
        "SELECT * FROM t JOIN u USING (a), LATERAL VIEW explode(array(1))",
        "SELECT * FROM t JOIN u ON EXISTS (SELECT 1) UNION (SELECT 2)",
        "SELECT * FROM (SELECT * FROM t UNION ALL (SELECT 1) EXCEPT (SELECT 2))",
        "SELECT * FROM t PIVOT (sum(a) FOR b IN (1, 2)), LATERAL (SELECT 1)",
    ],
)
def test_spark_s_own_words_before_a_parenthesis_are_no_calls(query: str) -> None:
    check_calls(lex(query), lambda _: False)


@pytest.mark.parametrize("name", ["unnested", "`LATERAL`", "model_predct"])
def test_another_name_before_a_query_is_one(name: str) -> None:
    with pytest.raises(SqlSyntaxError, match="is no function of sparkfl"):
        check_calls(lex(f"SELECT * FROM t, {name}(SELECT 1)"), lambda _: False)
