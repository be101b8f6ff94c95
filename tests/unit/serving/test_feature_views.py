"""What a model remembers of the feature views that it was trained on, and refuses by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from pyspark.sql.types import DoubleType, StructField, StructType

from sparkfl.errors import SchemaError
from sparkfl.features.views.execution import ORIGIN, ORIGIN_VERSION
from sparkfl.registry import ModelRegistry, ModelVersion
from sparkfl.serving.feature_views import VIEWS, check_origin, feature_tag

COUNT = {"function": "count", "name": "n", "window": "7 days"}


def content(days: int, derived: str = "n + 1", **source: str) -> dict:
    own = {"table": "t", "name": "t", "time": "at", **source}
    features = [COUNT, {"function": "avg", "of": "x", "name": "a b", "window": f"{days} days"}]
    return {"view": {"entity": ["c"], "sources": [{**own, "features": features}],
                     "derived": {"more": derived, "twice": "`a b` * 2"}}}  # fmt: skip


@pytest.fixture(scope="module")
def spark(tmp_path_factory, mlflow_database):
    uri = mlflow_database(tmp_path_factory.mktemp("views"))
    registry = ModelRegistry(uri)
    for each in (content(30), content(30, "n + 2"), content(60), content(30, time="came")):
        registry.create_feature_view("v", each, replace=True)
    return SimpleNamespace(conf=SimpleNamespace(get=lambda *_: uri))


def frame(**versions: int):
    fields = [
        StructField(name.replace("_", " "), DoubleType(), metadata={ORIGIN: "v", ORIGIN_VERSION: n})
        for name, n in versions.items()
    ]
    return SimpleNamespace(schema=StructType([*fields, StructField("plain", DoubleType())]))


def model(tags: dict[str, str], *columns: str) -> ModelVersion:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    fields = [(name, "double") for name in columns]
    return ModelVersion("m", 1, "", "kmeans", None, {}, None, fields, now, now, "me", "r", tags)


def test_a_training_is_tagged_with_the_versions_of_its_columns():
    assert feature_tag(frame(n=2, a_b=2).schema) == {VIEWS: '{"v": [2]}'}
    assert feature_tag(frame(n=3, more=1).schema) == {VIEWS: '{"v": [1, 3]}'}
    assert feature_tag(frame().schema) == {}


def test_only_what_is_made_otherwise_is_refused(spark):
    trained = model(feature_tag(frame(n=1, a_b=1, more=1).schema), "N", "a b", "more", "twice")
    for same in ({"n": 3}, {"a_b": 2}, {"plain": 3}, {"n": 1, "more": 1}, {}):
        check_origin(spark, trained, frame(**same))
    check_origin(spark, model({}, "n"), frame(a_b=3))
    check_origin(spark, replace(trained, fields=[("n", "double")]), frame(a_b=3, n=3))
    for other, says in (
        ({"a_b": 3}, "makes a b otherwise"),
        ({"more": 2}, '"n + 2"'),
        ({"twice": 3}, "60 days"),
        ({"n": 4}, '"time": "came"'),
        ({"n": 9}, "not known any more now"),
    ):
        with pytest.raises(SchemaError) as raised:
            check_origin(spark, trained, frame(**other))
        assert says in str(raised.value)
        assert "Ask feature_view(v$1), or train" in str(raised.value)
