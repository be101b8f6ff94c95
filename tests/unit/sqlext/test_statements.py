from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sql_tokens import tokens

from sparkfl.errors import SqlSyntaxError
from sparkfl.sqlext.statements import parse
from sparkfl.sqlext.statements.create_federated_model import CreateFederatedModel
from sparkfl.sqlext.statements.create_model import CreateModel
from sparkfl.sqlext.statements.create_temp_table import CreateTempTable
from sparkfl.sqlext.statements.describe_model import DescribeModel
from sparkfl.sqlext.statements.drop_model import DropModel
from sparkfl.sqlext.statements.show_model_versions import ShowModelVersions
from sparkfl.sqlext.statements.show_models import ShowModels
from sparkfl.sqlext.statements.update_model import UpdateModel
from sparkfl.transforms.clause import ColumnRef, TransformItem, TransformList


def read(text):
    return parse(text, tokens(text))


def test_create_model_in_full():
    statement = read(
        """-- a comment
        create or replace MODEL m TRANSFORM (vector_assembler(array(a, s.b)) v,
            standard_scaler(v, true, FALSE) AS f)
        OPTIONS (type='kmeans', K=3, tol = 1e-4, seed=-5, init = `x y`)
        AS SELECT a, s FROM t; """
    )
    assert isinstance(statement, CreateModel)
    assert statement.name == "m"
    assert statement.when.replace
    assert not statement.when.ignore
    first, second = statement.clauses.transform.items
    assert first.arguments == ((ColumnRef(("a",)), ColumnRef(("s", "b"))),)
    assert (second.function, second.arguments, second.alias) == (
        "standard_scaler",
        (ColumnRef(("v",)), True, False),
        "f",
    )
    assert statement.clauses.options == {
        "TYPE": "kmeans",
        "K": 3,
        "TOL": 1e-4,
        "SEED": -5,
        "INIT": "x y",
    }
    assert statement.clauses.query.text == "SELECT a, s FROM t"


def test_query_keeps_its_position():
    text = "CREATE MODEL m\nOPTIONS (type='kmeans') AS SELECT a\nFROM t"
    query = read(text).source.positioned
    assert query == " " * 14 + "\n" + " " * 27 + "SELECT a\nFROM t"
    assert text.index("SELECT") == query.index("SELECT")


def test_clauses_in_either_order():
    one = read("CREATE MODEL m OPTIONS (type='kmeans') TRANSFORM (f(a) b) AS SELECT 1")
    two = read("CREATE MODEL m TRANSFORM (f(a) b) OPTIONS (type='kmeans') AS SELECT 1")
    assert one.clauses.options == two.clauses.options
    assert one.clauses.transform == two.clauses.transform


def test_federated():
    statement = read(
        "CREATE FEDERATED MODEL IF NOT EXISTS f PARTITION BY store_id "
        "OPTIONS(MODEL_TYPE='kmeans') AS VALUES (1)"
    )
    assert isinstance(statement, CreateFederatedModel)
    assert (statement.name, statement.store, statement.when.ignore) == ("f", "store_id", True)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("SHOW MODELS", ShowModels, {}),
        ("show model versions a.b", ShowModelVersions, {"name": "a.b"}),
        ("DESC MODEL m", DescribeModel, {"name": "m", "version": None}),
        ("DESCRIBE MODEL `m x` 2;", DescribeModel, {"name": "m x", "version": 2}),
        ("DROP MODEL IF EXISTS m", DropModel, {"name": "m", "if_exists": True}),
        ("DROP MODEL m champion", DropModel, {"version": "champion", "if_exists": False}),
        ("CREATE TEMP TABLE t AS SELECT 1", CreateTempTable, {"name": "t"}),
        ("CREATE OR REPLACE TEMPORARY TABLE t AS SELECT 1", CreateTempTable, {"name": "t"}),
        ("UPDATE MODEL m AS SELECT 1", UpdateModel, {"name": "m"}),
    ],
)
def test_other_statements(text, kind, expected):
    statement = read(text)
    assert isinstance(statement, kind)
    assert {key: getattr(statement, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "says", "line", "position"),
    [
        ("CREATE OR REPLACE MODEL IF NOT EXISTS m AS SELECT 1", "exclude each other", 1, 24),
        ("CREATE MODEL m OPTIONS (type='kmeans')", "AS and the training query", 1, 38),
        ("CREATE MODEL m", "bisecting_kmeans", 1, 14),
        ("CREATE MODEL m TRANSFORM (f(a)) AS SELECT 1", "needs an alias", 1, 30),
        ("CREATE MODEL m OPTIONS (a=1, a=2) AS SELECT 1", "twice", 1, 29),
        ("CREATE MODEL m OPTIONS (a) AS SELECT 1", "= was expected", 1, 25),
        ("CREATE MODEL m\nOPTIONS (a=1 AS SELECT 1", ") was expected", 2, 13),
        ("CREATE MODEL m OPTIONS (a=1) AS", "a query was expected", 1, 31),
        ("SHOW MODELS now", "should end here", 1, 12),
        ("CREATE FEDERATED MODEL f AS SELECT 1", "PARTITION was expected", 1, 25),
        ("DROP MODEL", "a model's name was expected", 1, 10),
        ("CREATE TEMP TABLE a.b AS SELECT 1", "a temporary table is in no schema", 1, 19),
        (
            "CREATE FEDERATED MODEL f PARTITION BY a.b AS SELECT 1",
            "takes one column of the query",
            1,
            39,
        ),
        (
            "CREATE FEDERATED MODEL f PARTITION BY a, b AS SELECT 1",
            "make one of several in the query: concat(a, '/', b)",
            1,
            39,
        ),
        ("ALTER RELEASE POLICY p SET ()", "SET changes at least one option", 1, 27),
        ("ALTER MODEL m SET TAGS (a = NULL)", "a needs a value, a literal that is not", 1, 28),
    ],
)
def test_syntax_errors_say_what_and_where(text, says, line, position):
    with pytest.raises(SqlSyntaxError) as error:
        read(text)
    assert says in str(error.value)
    assert (error.value.line, error.value.position) == (line, position)


IDENTIFIERS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1)
LITERALS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)


ARGUMENTS = st.recursive(
    LITERALS | st.lists(IDENTIFIERS, min_size=1, max_size=3).map(lambda p: ColumnRef(tuple(p))),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)


@given(st.lists(ARGUMENTS, max_size=4))
def test_transform_survives_json(arguments):
    clause = TransformList((TransformItem("f", tuple(arguments), "alias"),), "f(…) alias")
    assert TransformList.from_json(json.loads(json.dumps(clause.to_json()))) == clause


@given(st.text(alphabet="CREATE MODL()=,'`.;abc1 \n", max_size=60))
def test_any_text_parses_or_is_a_syntax_error(text):
    with contextlib.suppress(SqlSyntaxError):
        assert isinstance(read("CREATE MODEL " + text), CreateModel)
