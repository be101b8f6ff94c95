"""Every statement is read again from its own text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sql_tokens import tokens

from sparkfl.errors import SqlSyntaxError
from sparkfl.sources import SourceDefinition
from sparkfl.sqlext.clauses import change
from sparkfl.sqlext.clauses.call import Call
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.stores import Stores
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.clauses.transform import transform_sql
from sparkfl.sqlext.statements import STATEMENTS, parse, statement_class
from sparkfl.sqlext.values import SessionVariable
from sparkfl.sqlext.views.changed import AddItems, DropColumns
from sparkfl.sqlext.views.definition import Definition
from sparkfl.sqlext.views.expected import AddExpectations, DropExpectations
from sparkfl.transforms.clause import ColumnRef, TransformItem, TransformList

NAMES = st.one_of(
    st.sampled_from(["m", "a.b", "a b", "AS", "if", "transform", "a`b", 'a"b', "é", "1", "x-y"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
)
VARIABLES = NAMES.map(SessionVariable)
VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    VARIABLES,
)
OPTIONS = st.dictionaries(
    NAMES.map(str.upper), VALUES | st.lists(VALUES, max_size=3).map(tuple), max_size=4
)
ARGUMENTS = st.recursive(
    VALUES | st.lists(NAMES, min_size=1, max_size=3).map(lambda path: ColumnRef(tuple(path))),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)
ITEMS = st.builds(
    TransformItem,
    st.sampled_from(["standard_scaler", "vector_assembler", "as", "array"]),
    st.lists(ARGUMENTS, max_size=3).map(tuple),
    NAMES,
)
TRANSFORMS = st.lists(ITEMS, min_size=1, max_size=3).map(
    lambda items: TransformList(tuple(items), transform_sql(items))
)
QUERIES = st.sampled_from(
    [
        "SELECT a, `b c` FROM t WHERE x > ';' -- and so on\n AND y",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "FROM model_predict(m, 1, SELECT * FROM t) |> WHERE a > 1",
        "VALUES (1, 'AS SELECT')",
        "TABLE t",
    ]
).map(Query)
CLAUSES = st.builds(TrainingClauses, st.none() | TRANSFORMS, OPTIONS, QUERIES)
WHEN = st.sampled_from([IfExists(), IfExists(replace=True), IfExists(ignore=True)])
VERSIONS = st.none() | st.integers(0, 2**63 - 1) | NAMES | VARIABLES

TEXTS = st.dictionaries(NAMES, st.text(max_size=8), min_size=1, max_size=3)
STORES = st.builds(
    Stores,
    st.lists(st.text(max_size=8) | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3).map(
        tuple
    ),
) | st.builds(Stores, st.tuples(st.text(max_size=8)), NAMES)
CHANGE = st.one_of(
    st.builds(change.SetAlias, NAMES, VERSIONS.filter(lambda v: v is not None)),
    st.builds(change.UnsetAlias, NAMES),
    st.builds(change.SetTags, TEXTS),
    st.builds(change.UnsetTags, st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
    st.builds(change.RenameTo, NAMES),
    st.builds(change.DropPartition, STORES),
)

EXPRESSIONS = st.sampled_from(
    ["x", "`a b`", "a.b * 2", "CASE WHEN x > 1 THEN ',' END", "f(x, 'FROM', (y))", "x -- a\n + y"]
)
FEATURES = st.one_of(
    st.fixed_dictionaries(
        {"function": st.sampled_from(["avg", "distinct", "last"]), "of": EXPRESSIONS},
        optional={"where": EXPRESSIONS, "window": st.integers(1, 999).map("{} days".format)},
    ),
    st.fixed_dictionaries(
        {"function": st.just("percentile"), "of": EXPRESSIONS, "q": st.floats(0, 1)}
    ),
    st.fixed_dictionaries(
        {"function": st.just("share"), "when": EXPRESSIONS}, optional={"of": EXPRESSIONS}
    ),
    st.just({"function": "count"}),
)
EXPECTED = st.fixed_dictionaries(
    {"expect": st.sampled_from(["nulls(`a b`) <= 0.05", "a IN (1, 2) AND b LIKE 'on, as'", "schema",
                                "rows() BETWEEN 1 AND 5", "CASE WHEN a THEN b END"])},
    optional={"on_violation": st.just("fail"), "name": NAMES},
)  # fmt: skip
TABLES_OF_VIEWS = st.sampled_from(["t", "a.`b c`", "`FROM`", "c.s.t"])


@st.composite
def definitions(draw):
    """Make a feature view of several sources, with names of all kinds that are each there once."""
    # The `a` of EXPRESSIONS is a column, which a source of that name would hide.
    drawn = NAMES.filter(lambda name: name.lower() != "a")
    names = draw(st.lists(drawn, min_size=9, max_size=9, unique_by=str.lower))
    entity, aliases, names = names[:1], names[1:3], names[3:]
    view = {"entity": entity, "sources": []}
    if draw(st.booleans()):
        columns = {names.pop(): draw(EXPRESSIONS)}
        named = draw(st.just({}) | st.just({"keys": {entity[0]: "other `key`"}}))
        view["entities"] = {"table": "people", "name": "Σ people", **named, "columns": columns}
    for alias in aliases[: draw(st.integers(1, 2))]:
        read = draw(
            st.fixed_dictionaries({"table": TABLES_OF_VIEWS})
            | st.fixed_dictionaries({"query": st.just("SELECT ',' AS a FROM t WHERE (x)")})
        )
        told = {"time": draw(st.sampled_from(["at", "a.b", "to_date(x, 'y')"]))}
        if draw(st.booleans()):
            told |= {"arrival": "came", "where": draw(EXPRESSIONS)}
        own = [{**draw(FEATURES), "name": names.pop()} for _ in range(draw(st.integers(1, 2)))]
        view["sources"].append({**read, "name": alias, **told, "features": own})
    if draw(st.booleans()):
        view["derived"] = {names.pop(): draw(EXPRESSIONS.filter(lambda text: len(text) > 5))}
    made = [feature["name"] for source in view["sources"] for feature in source["features"]]
    if draw(st.booleans()):
        view["select"] = [*view.get("derived", {}), *reversed(made)]
        natural = [*view.get("entities", {}).get("columns", {}), *made, *view.get("derived", {})]
        if view["select"] == natural:
            del view["select"]
    if draw(st.booleans()):
        view["expectations"] = [{**draw(EXPECTED), "name": "one"}, {"expect": "schema"}]
    return Definition(view, draw(st.sampled_from([None, "", "`a`.`b c`"])))


MAPPINGS = st.dictionaries(st.text(max_size=8), VALUES, max_size=3)
TRAINING = {"training_query": QUERIES | st.just("SELECT 1 AS x"), "model_name": VALUES}
ARGUMENTS_OF = {
    "MlTrain": (TRAINING, {"model_type": VALUES, "parameters": MAPPINGS}),
    "MlTrainWithPrivacy": (
        {"model_name": VALUES, "training_data": QUERIES | st.just("SELECT 1 AS x")},
        {"privacy_budget": VALUES, "noise_mechanism": VALUES, "bounds": MAPPINGS},
    ),
    "AutoFeatures": (
        {"table": QUERIES | VALUES, "target": VALUES},
        {"types": VALUES, "entity": VALUES, "max_seconds": VALUES},
    ),
    "MlAutoFeatureEngineer": (
        {"table_name": QUERIES | VALUES, "target": VALUES},
        {"feature_types": VALUES, "events": VALUES, "view": VALUES},
    ),
    "MlAutoml": (
        {"problem_type": VALUES, "training_data": QUERIES | st.just("SELECT 1 AS x")},
        {"metric": VALUES, "time_limit": VALUES},
    ),
    "MlFederatedTrain": (
        {
            "federation_id": VALUES,
            "model_name": VALUES,
            "local_data": QUERIES | st.just("SELECT 1 AS x"),
        },
        {"update_frequency": VALUES},
    ),
    "MlFederatedAggregate": (
        {"federation_id": VALUES},
        {"aggregation_method": VALUES, "quality_threshold": VALUES},
    ),
    "MlRegisterModel": ({"model_name": VALUES, "model_version": VALUES}, {"accuracy": VALUES}),
}


def calls(name):
    """Make a call in SELECT, which may have an alias, or in FROM."""
    needed, others = ARGUMENTS_OF[name]
    given = st.fixed_dictionaries(needed, optional=others)
    return st.builds(Call, given, st.just(False), st.none() | NAMES) | st.builds(
        Call, given, st.just(True), st.none()
    )


SOURCES = st.builds(
    SourceDefinition,
    st.sampled_from(["csv", "kafka"]),
    OPTIONS,
    st.lists(
        st.tuples(NAMES, st.sampled_from(["INT", "ARRAY<STRUCT<a: INT>>", "DECIMAL(10, 2)"])),
        max_size=3,
        unique_by=lambda pair: pair[0].lower(),
    ).map(tuple),
)
OF_TYPE = {
    "SourceDefinition": SOURCES,
    "AddItems | DropColumns | AddExpectations | DropExpectations": st.builds(
        AddItems, st.sampled_from(["count(*) AS n", "a / b AS `c d`, avg(x) y"]).map(Query)
    )
    | st.builds(DropColumns, st.lists(NAMES, min_size=1, max_size=3).map(tuple))
    | st.builds(DropExpectations, st.lists(NAMES, min_size=1, max_size=3).map(tuple))
    | st.builds(AddExpectations, st.lists(EXPECTED, min_size=1, max_size=3).map(tuple)),
    "Definition": definitions(),
    "str": NAMES,
    "str | None": st.none() | NAMES,
    "int | None": st.none() | st.integers(1, 2**31 - 1),
    "tuple[str, ...]": st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    "dict[str, str]": st.just({}) | TEXTS,
    "Mapping[str, object]": OPTIONS.filter(bool),
    "Change": CHANGE,
    "Stores | None": st.none() | STORES,
    "TransformList": TRANSFORMS,
    "TransformList | None": st.none() | TRANSFORMS,
    "bool": st.booleans(),
    "IfExists": WHEN,
    "Query": QUERIES,
    "TrainingClauses": CLAUSES,
    "Version": VERSIONS,
}


def draw(data, name):
    """Make a statement of parts of the types that its fields have."""
    class_ = statement_class(name)
    types = [field.type for field in fields(class_)]
    return class_(*[data.draw(calls(name) if t == "Call" else OF_TYPE[t]) for t in types])


@pytest.mark.parametrize("name", STATEMENTS)
@given(data=st.data())
def test_a_statement_is_read_from_its_text(name, data):
    statement = draw(data, name)
    again = parse(statement.sql, tokens(statement.sql))
    assert again == statement
    assert again.sql == statement.sql
    if again.source is not None:
        whole = len(again.source.positioned) == len(statement.sql)
        assert whole or name in ARGUMENTS_OF


@pytest.mark.parametrize("name", STATEMENTS)
@given(data=st.data())
def test_a_statement_cut_short_is_no_other_statement(name, data):
    statement = draw(data, name)
    read = tokens(statement.sql)
    head = read[: data.draw(st.integers(1, len(read)))]
    text = statement.sql[: head[-1].stop]
    with suppress(SqlSyntaxError):
        assert isinstance(parse(text, tokens(text)), statement_class(name))
