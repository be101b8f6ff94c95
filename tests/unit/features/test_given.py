"""What the public API is given and cannot take: an error that says what to give."""

from __future__ import annotations

from pathlib import Path

import pytest

import sparkfl
from sparkfl.errors import ParameterError
from sparkfl.features.views import Aggregation, Entities, FeatureView, Source
from sparkfl.metrics.regression import regression
from sparkfl.privacy.policy import ReleasePolicy

COUNT = Aggregation("count")
VISITS = Source("visits", [COUNT], time="at")
YAML = "{name: v, entity: c, sources: [{table: t, time: at, features: [{function: count}]}]}"


def view(**changed) -> FeatureView:
    return FeatureView(**{"name": "v", "entity": "c", "sources": [VISITS], **changed})


def test_one_stands_for_a_list_of_one(tmp_path) -> None:
    assert Source("visits", COUNT, time="at").features == (COUNT,)
    one = view(sources=VISITS, select="count")
    assert (one.sources, one.columns, one.keys) == ((VISITS,), ["count"], ["c"])
    estimator = sparkfl.FederatedClustering(inputCols="ab", log1pCols="ab")
    assert (estimator.getInputCols(), estimator.getLog1pCols()) == (["ab"], ["ab"])
    (tmp_path / "v.yaml").write_text(YAML)
    for path in (tmp_path / "v.yaml", str(tmp_path / "v.yaml"), YAML):
        assert FeatureView.from_yaml(path).columns == ["count"]


WRONG = [
    (lambda: view(sources="visits"), "sources of the view v is 'visits'; give a Source"),
    (lambda: view(sources=["visits"]), "sources of the view v has 'visits'"),
    (lambda: view(entity=5), "entity of the view v is 5; give a text"),
    (lambda: view(entity=["c", 5]), "entity of the view v has 5"),
    (lambda: view(entity=[]), "needs an entity"),
    (lambda: view(name=5), "The name of a view is 5"),
    (lambda: view(per=5), "per of the view v is 5"),
    (lambda: view(select=5), "select of the view v is 5"),
    (lambda: view(derived=["a"]), r"derived of the view v is \['a'\]"),
    (lambda: view(derived={"a": 5}), "a in derived of the view v is 5"),
    (lambda: view(entities="people"), "entities of the view v is a str; give Entities"),
    (lambda: Source("visits", "count"), "features of visits is 'count'; give an Aggregation"),
    (lambda: Source("visits", [COUNT], time=5), "time of visits is 5"),
    (lambda: Source("visits", [COUNT], where=5), "where of visits is 5"),
    (lambda: Source("visits", [COUNT], columns="x"), "columns of visits is 'x'"),
    (lambda: Source("visits", [COUNT], keys="x"), "keys of visits is 'x'"),
    (lambda: Entities("people", ["age"]), r"columns of people is \['age'\]"),
    (lambda: Aggregation(["sum"], "x"), r"no aggregation \['sum'\]"),
    (lambda: Aggregation("sum", "x", where=5), "where of sum is 5"),
    (lambda: Aggregation("sum", "x", name=5), "name of a feature by sum is 5"),
    (lambda: FeatureView.from_yaml(Path("no.yaml")), r"'no\.yaml'.*No such file"),
    (lambda: FeatureView.from_yaml(5), "from a int: give YAML"),
    (lambda: FeatureView.from_dict({"name": "v", "entity": "c", "sources": 5}), "sources of"),
    (lambda: view(derived={"as_of": "1"}), "'as_of', which is the time"),
    (lambda: view(sources=Source("t", Aggregation("count", name="As_Of"))), "'As_Of', which"),
    (lambda: view(entity="as_of"), "'as_of', which"),
    (lambda: sparkfl.FederatedClustering(inputCols={"a": 1}), "inputCols must be a list"),
    (lambda: sparkfl.sql(None, "SHOW MODELS"), "spark of sparkfl.sql is a NoneType"),
    (lambda: sparkfl.sql("SHOW MODELS", None), "spark of sparkfl.sql is a str"),
    (lambda: sparkfl.configure_spark(5), "configure_spark takes SparkSession.builder"),
    (lambda: regression(None, by=5), "by is 5; give a text"),
    (lambda: ReleasePolicy(minsize=20), "no option minsize; did you mean min_size?"),
]


@pytest.mark.parametrize(("ask", "says"), WRONG)
def test_anything_else_is_an_error_that_says_what_to_give(ask, says) -> None:
    with pytest.raises(ParameterError, match=says):
        ask()


class _Session:
    catalog = None


def test_a_statement_is_a_text() -> None:
    with pytest.raises(ParameterError, match=r"text of sparkfl\.sql is a int"):
        sparkfl.sql(_Session(), 5)
