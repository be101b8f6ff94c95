"""Feature views beside the models of a registry: versions that are never used twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from centroid_model import Centroids

from sparkfl.errors import FeatureViewExistsError, FeatureViewNotFoundError, ParameterError
from sparkfl.registry import ModelRegistry


@pytest.fixture(scope="module")
def registry(tmp_path_factory, mlflow_database):
    return ModelRegistry(mlflow_database(tmp_path_factory.mktemp("views")))


def test_each_definition_is_a_version(registry):
    contents = [{"view": {"name": "é", "entity": [f"`{i}`"]}, "n": i} for i in range(3)]
    registry.create_feature_view("de.sales.Customers", contents[0])
    for content in contents[1:]:
        registry.create_feature_view("de.sales.customers", content, replace=True)
    found = registry.feature_view_versions("DE.SALES.customers")
    assert [(each.name, each.version) for each in found] == [
        ("de.sales.Customers", n) for n in (1, 2, 3)
    ]
    assert [each.content for each in found] == contents
    assert registry.feature_view("de.sales.Customers", "2").content == contents[1]
    assert registry.feature_view("de.sales.Customers", "latest") == found[-1]
    with pytest.raises(FeatureViewExistsError, match="IF NOT EXISTS leaves it"):
        registry.create_feature_view("de.sales.CUSTOMERS", contents[0])
    with pytest.raises(FeatureViewNotFoundError, match="no version 4; it has 1, 2, 3"):
        registry.feature_view("de.sales.customers", 4)
    with pytest.raises(FeatureViewNotFoundError, match=r"'customers'.*'de\.sales\.Customers'"):
        registry.feature_view("customers")
    with pytest.raises(ParameterError, match="cannot name a feature view"):
        registry.create_feature_view("a/b", {})
    with pytest.raises(ParameterError, match="MLflow keeps 100000"):
        registry.create_feature_view("long", {"text": "x" * 100_001})


def test_a_number_is_not_used_again_after_a_drop(registry):
    registry.create_feature_view("dropped", {"n": 1})
    registry.create_feature_view("dropped", {"n": 2}, replace=True)
    registry.drop_feature_view("DROPPED")
    with pytest.raises(FeatureViewNotFoundError):
        registry.drop_feature_view("dropped")
    assert "dropped" not in [view.name for view in registry.feature_views()]
    assert registry.create_feature_view("dropped", {"n": 3}).version == 3


def test_a_view_a_model_and_a_policy_may_share_a_name(registry):
    registry.create_feature_view("shops", {})
    registry.create_policy("shops", {})
    assert not registry.exists("shops")
    registry.register("shops", Centroids())
    assert [model.name for model in registry.models()] == ["shops"]
    registry.drop("shops")
    registry.drop_policy("shops")
    assert "shops" in [view.name for view in registry.feature_views()]


def test_of_many_that_make_a_view_at_once_one_does(registry):
    def make(n: int) -> bool:
        try:
            registry.create_feature_view("raced", {"n": n})
        except FeatureViewExistsError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(8)))
    assert made.count(True) == 1
    kept = registry.feature_view_versions("raced")
    assert [version.content["n"] for version in kept] == [made.index(True)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: registry.create_feature_view("raced", {"n": n}, True), range(8)))
    versions = registry.feature_view_versions("raced")
    assert sorted(version.content["n"] for version in versions[1:]) == list(range(8))
