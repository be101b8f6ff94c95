from __future__ import annotations

import pytest

from sparkfl.errors import ParameterError
from sparkfl.features.aggregations import AGGREGATIONS
from sparkfl.features.views import Aggregation, FeatureView, Source, Window


@pytest.mark.parametrize("text", [30, "30 days", "30d", "LAST 30 DAYS", " 30 day ", Window(30)])
def test_windows_by_many_names(text: object) -> None:
    assert Window.parse(text) == Window(30)


@pytest.mark.parametrize("text", [0, -1, True, 1.5, "30", "a month", "", 40_000, "1 hour"])
def test_what_is_no_window(text: object) -> None:
    with pytest.raises(ParameterError):
        Window.parse(text)


@pytest.mark.parametrize(
    ("arguments", "parameters", "says"),
    [
        (("mean", "x"), {}, "There is no aggregation 'mean'; did you mean"),
        (("avg",), {}, "avg needs 'of'"),
        (("avg", " "), {}, "of of avg must be an expression"),
        (("count", "x"), {"when": "y"}, "count takes no 'when'"),
        (("share",), {}, "share needs 'when'"),
        (("basket_size", "x"), {}, "basket_size needs 'by'"),
        (("percentile", "x"), {"q": 95}, "q must be a number from 0 to 1; got 95."),
        (("percentile", "x"), {"p": 0.5}, "percentile has no option p"),
        (("slope", "x"), {"empty": "none"}, "empty must be one of zero, missing"),
        (("ratio", "x", 7), {"recent": 30}, "compares the last 30 days with 7 days"),
        (("ratio", "x", 7), {}, "ratio needs RECENT"),
        (("avg", "x", "month"), {}, "'month' is no window"),
    ],
)
def test_what_no_feature_is(arguments: tuple, parameters: dict, says: str) -> None:
    with pytest.raises(ParameterError) as raised:
        Aggregation(*arguments, **parameters)
    assert says in str(raised.value)


def test_sources_and_views_that_mean_nothing() -> None:
    count = Aggregation("count", window=7)
    for wrong, says in (
        (lambda: Source("t", []), "has no features"),
        (lambda: Source("t", [count]), "its source t has no time"),
        (lambda: Source("t", ["count"], "at"), "give an Aggregation"),
        (lambda: Source(7, [count], "at"), "A source is a int"),
        (lambda: FeatureView("v", [], [Source("t", [count], "at")]), "needs an entity"),
        (lambda: FeatureView("v", "c", [Source("t", [count], "at", keys={"d": "e"})]), "for 'd'"),
        (lambda: FeatureView("v", "count_7D", [Source("t", [count], "at")]), "two columns"),
    ):
        with pytest.raises(ParameterError) as raised:
            wrong()
        assert says in str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "No view can be read from"),
        ("no_such_file.yaml", "No such file"),
        ("- 1\n", "The view is [1]; give a mapping"),
        ("{name: v}", "The view has no 'entity'"),
        ("{name: v, entity: c, sources: [{table: t, fields: []}]}", "A source of the view v has"),
        ("{name: v, entity: c, sources: [{table: t, features: [{of: x}]}]}", "no 'function'"),
    ],
)
def test_what_no_yaml_of_a_view_is(text: str, says: str) -> None:
    with pytest.raises(ParameterError) as raised:
        FeatureView.from_yaml(text)
    assert says in str(raised.value)


def test_a_name_says_what_a_feature_is() -> None:
    made = [
        Aggregation("sum", "price * `net.sales`", 7),
        Aggregation("count"),
        Aggregation("share", when="ordered", window=30),
        Aggregation("slope", "größe", "2 weeks", empty="missing"),
    ]
    assert [f.name for f in made] == [
        "sum_price_net_sales_7d",
        "count",
        "share_ordered_30d",
        "slope_missing_größe_14d",
    ]


@pytest.mark.parametrize("name", AGGREGATIONS)
def test_every_row_can_be_declared(name: str) -> None:
    row = AGGREGATIONS[name]
    given = {argument: argument for argument in row.arguments}
    parameters = {"recent": 7} if name == "ratio" else {}
    feature = Aggregation(name, **given, **parameters)
    assert len(feature.slots()) == len(row.slots)
    assert row.doc.endswith(".")
    if row.of_events:
        plain = Aggregation(name, **{k: v for k, v in given.items() if k != "of"}, **parameters)
        assert plain.slots()[0] == (None, False)


def test_entities_selected_columns_and_queries_are_told_and_read_again() -> None:
    told = {
        "name": "v",
        "entity": ["c"],
        "entities": {"query": "SELECT 1 AS c", "name": "people", "columns": {"age": "1"}},
        "sources": [
            {
                "query": "SELECT 1 AS c, x FROM t",
                "name": "joined",
                "time": "at",
                "features": [{"function": "avg", "of": "x", "name": "mean"}],
            }
        ],
        "derived": {"old": "age > 30"},
        "select": ["old", "mean"],
    }
    view = FeatureView.from_dict(told, version=3)
    assert view.to_dict() == told
    assert view.columns == ["old", "mean"]
    for wrong, says in (
        ({"select": ["nothing"]}, "selects 'nothing', and has age, mean, old"),
        ({"select": ["old", "OLD"]}, "two columns 'OLD'"),
        ({"derived": {"AGE": "1"}}, "two columns 'AGE'"),
        ({"entities": {"table": "t", "query": "SELECT 1"}}, "a table or from a query"),
        ({"entities": {"table": "t", "keys": {"d": "e"}}}, "for 'd'"),
        ({"entities": {"table": "t", "columns": ["age"]}}, "give expressions by name"),
        ({"entities": {"table": "t", "time": "at"}}, "has 'time'; known are table, query"),
    ):
        with pytest.raises(ParameterError) as raised:
            FeatureView.from_dict({**told, **wrong})
        assert says in str(raised.value)
